import type { UnknownPolicy } from "../delivery/verdict.ts";
import type { EventMap, Events } from "../events.ts";
import type { LeftJournal } from "./journal/journals.ts";
import type { RecipientNote } from "./newsletter-store.ts";
import {
  afterCrash,
  byteOf,
  isFinal,
  MAX_RECIPIENT_CRASHES,
  outcomeOf,
  type RecipientOutcome,
} from "./outcome.ts";

export interface Replay {
  /** Recorded before, one byte per recipient. */
  readonly outcomes: Uint8Array;
  /** The token that had the chunk last. */
  readonly previous: string | undefined;
  /** What earlier attempts left on this machine. */
  readonly journals: readonly LeftJournal[];
  readonly unknown: UnknownPolicy;
}

/** What is known of a recipient now that his chunk's earlier attempts are over. */
export interface Finding {
  readonly index: number;
  readonly outcome: RecipientOutcome;
  readonly answer?: Omit<RecipientNote, "index" | "outcome">;
}

export interface Findings {
  readonly changes: readonly Finding[];
  /** Mails whose answer stands in a journal, and not in the store. */
  readonly answered: number;
  /** Mails whose dot may have left, and whose answer nobody has read. */
  readonly unanswered: number;
  /** Mails that were taken though their recipients have another final outcome. */
  readonly contradicted: number;
}

const DIED = "The process died while this recipient's mail was in hand";
const CANNOT_TELL = "nobody can tell whether it was sent";
const HELD = `${DIED}; ${CANNOT_TELL}`;
const TOO_OFTEN = `The process died ${MAX_RECIPIENT_CRASHES} times while this recipient's mail was in hand`;

/**
 * What became of the mails of a chunk whose sender is gone, by what the store and the journals say.
 *
 * - An answer in a journal is the outcome. That a mail was taken is true for ever; any other answer counts only where nobody had the
 *   chunk since, because meanwhile it may have been sent again.
 * - A dot without an answer: nobody can tell, and the policy decides.
 * - Neither, in the whole journal of the attempt that had the chunk last: certainly not sent. So whoever was announced is tried again,
 *   also where a mail that may have been taken is held.
 */
export function replay({ outcomes, previous, journals, unknown }: Replay): Findings {
  const last = journals.find(({ header }) => header.token === previous);
  const taken = new Set(journals.flatMap(takenIn));
  const changes: Finding[] = [];
  const count = { answered: 0, unanswered: 0, contradicted: 0 };
  for (const [index, byte] of outcomes.entries()) {
    const before = outcomeOf(byte);
    const mark = taken.has(index) ? SENT : last?.marks.get(index);
    if (isFinal(before)) {
      if (taken.has(index) && before !== "sent") count.contradicted += 1;
      continue;
    }
    if (mark?.kind === "reply") count.answered += 1;
    if (mark?.kind === "dot") count.unanswered += 1;
    const isUnsent = mark === undefined && last !== undefined && tellsAll(last);
    const change =
      mark?.kind === "reply"
        ? answered(index, outcomeOf(mark.outcome), mark.code)
        : (afterAnnounced(index, before, { unknown, isUnsent }) ?? (mark && unanswered(index, unknown)));
    if (change && change.outcome !== before) changes.push(change);
  }
  return { changes, ...count };
}

/** Makes the outcomes what is known now. @returns what is to be noted of them */
export function apply({ changes }: Findings, outcomes: Uint8Array): RecipientNote[] {
  for (const { index, outcome } of changes) outcomes[index] = byteOf(outcome);
  return changes.flatMap(({ index, outcome, answer }) => (answer ? [{ index, outcome, ...answer }] : []));
}

/** Tells what journals had to say, where that was anything. */
export function tellOfReplay(
  chunk: Omit<EventMap["newsletter.contradicted"], "mails">,
  { answered, unanswered, contradicted }: Findings,
  events: Pick<Events, "emit">,
): void {
  if (answered + unanswered > 0)
    events.emit("newsletter.replayed", { ...chunk, outcomes: answered, unanswered });
  if (contradicted > 0) events.emit("newsletter.contradicted", { ...chunk, mails: contradicted });
}

const SENT = { kind: "reply", outcome: byteOf("sent"), code: 0 } as const;

function takenIn({ marks }: LeftJournal): readonly number[] {
  return [...marks].flatMap(([index, mark]) =>
    mark.kind === "reply" && outcomeOf(mark.outcome) === "sent" ? [index] : [],
  );
}

/** A transport that says nothing before a mail can be taken leaves no marks: then their absence tells nothing. */
function tellsAll({ isWhole, marks }: LeftJournal): boolean {
  return isWhole && marks.size > 0;
}

function answered(index: number, outcome: RecipientOutcome, code: number): Finding {
  if (outcome === "sent") return { index, outcome };
  const response = `The server answered ${code === 0 ? "no" : code}; its words went with the process that read them`;
  return { index, outcome, ...(isFinal(outcome) && { answer: { response, ...(code > 0 && { code }) } }) };
}

function unanswered(index: number, unknown: UnknownPolicy): Finding {
  if (unknown === "hold") return { index, outcome: "unknown", answer: { response: HELD } };
  return { index, outcome: "uncertain" };
}

interface Certainty {
  readonly unknown: UnknownPolicy;
  /** Whether it is certain that his mail was not sent. */
  readonly isUnsent: boolean;
}

/** Who stands there as announced was in hand when a process died: perhaps because of him, so that he comes last. */
function afterAnnounced(
  index: number,
  before: RecipientOutcome,
  { unknown, isUnsent }: Certainty,
): Finding | undefined {
  const crashed = afterCrash(before);
  if (crashed === undefined) return undefined;
  if (crashed === "too-often")
    return isUnsent
      ? { index, outcome: "failed", answer: { response: `${TOO_OFTEN}; it was not sent` } }
      : { index, outcome: "unknown", answer: { response: `${TOO_OFTEN}; ${CANNOT_TELL}` } };
  return unknown === "hold" && !isUnsent ? unanswered(index, unknown) : { index, outcome: crashed };
}
