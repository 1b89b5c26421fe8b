import type { UnknownPolicy } from "../delivery/verdict.ts";
import type { EventMap, Events } from "../events.ts";
import type { Answer } from "./answers/answer-log.ts";
import type { Mark } from "./journal/journal-format.ts";
import type { LeftJournal } from "./journal/journals.ts";
import {
  afterCrash,
  byteOf,
  isAnnounced,
  isFinal,
  MAX_CHANCES,
  MAX_RECIPIENT_CRASHES,
  outcomeOf,
  type RecipientOutcome,
  unbegun,
} from "./outcome.ts";
import type { Said } from "./outcome-recorder.ts";

export interface Replay {
  /** Recorded before, one byte per recipient. */
  readonly outcomes: Uint8Array;
  /** The token that had the chunk last. */
  readonly previous: string | undefined;
  /** What earlier attempts left on this machine. */
  readonly journals: readonly LeftJournal[];
  readonly unknown: UnknownPolicy;
  /** How many workers went away in a row without any progress. Defaults to as many as there may be. */
  readonly crashes?: number;
}

/** What is known of a recipient now that his chunk's earlier attempts are over. */
export interface Finding {
  readonly index: number;
  readonly outcome: RecipientOutcome;
  readonly answer?: Said;
  /** His mail was in hand, and certainly not sent. */
  readonly isUnsent?: boolean;
}

export interface Findings {
  readonly changes: readonly Finding[];
  /** Mails whose answer stands in a journal, and not in the store. */
  readonly answered: number;
  /** Mails whose dot may have left, and whose answer nobody has read. */
  readonly unanswered: number;
  /** Whether everybody is known whose mail was in hand when the process died. */
  readonly knowsSuspects: boolean;
  /** Mails that were taken though their recipients have another final outcome. */
  readonly contradicted: number;
}

const DIED = "The process died while this recipient's mail was in hand";
const CANNOT_TELL = "nobody can tell whether it was sent";
const HELD = `${DIED}; ${CANNOT_TELL}`;
const WORDS = "the words went with the process that had them";
const TOO_OFTEN = `The process died ${MAX_RECIPIENT_CRASHES} times while this recipient's mail was in hand`;

/**
 * What became of the mails of a chunk whose sender is gone, by what the store and the journals say.
 *
 * - An answer in a journal is the outcome. That a mail was taken is true for ever; any other answer counts only where nobody had the
 *   chunk since, because meanwhile it may have been sent again.
 * - A dot without an answer: nobody can tell, and the policy decides.
 * - Announced in the store, and not even begun, in the whole journal of the attempt that had the chunk last: as he stood before.
 * - Begun, and no more: perhaps the process died on his mail. He comes last.
 * - Neither dot nor answer, in the whole journal of the attempt that had the chunk last: certainly not sent. So whoever was announced is tried again,
 *   also where a mail that may have been taken is held.
 */
export function replay({ outcomes, previous, journals, unknown, crashes = MAX_CHANCES }: Replay): Findings {
  const last = journals.find(({ header }) => header.token === previous);
  const taken = new Map(journals.flatMap(takenIn));
  const changes: Finding[] = [];
  const tellsOfDots = last !== undefined && tellsAll(last);
  const count = { answered: 0, unanswered: 0, contradicted: 0 };
  for (const [index, byte] of outcomes.entries()) {
    const before = outcomeOf(byte);
    const mark = taken.get(index) ?? last?.marks.get(index);
    if (isFinal(before)) {
      if (taken.has(index) && before !== "sent") count.contradicted += 1;
      continue;
    }
    if (mark?.kind === "reply") count.answered += 1;
    if (mark?.kind === "dot") count.unanswered += 1;
    const isUnsent = mark?.kind !== "dot" && tellsOfDots;
    const isWhole = last?.isWhole === true;
    const isUnbegun = mark === undefined && isWhole;
    const mayBeChance = mark?.kind === "begun" && isWhole && crashes < MAX_CHANCES;
    const change = changeOf({ index, before, mark, unknown, isUnsent, isUnbegun, mayBeChance });
    if (change && change.outcome !== before) changes.push(change);
  }
  return { changes, ...count, knowsSuspects: last?.isWhole ?? false };
}

interface Evidence {
  readonly index: number;
  /** What stands in the store. */
  readonly before: RecipientOutcome;
  readonly mark: Mark | undefined;
  readonly unknown: UnknownPolicy;
  /** Whether it is certain that the last attempt did not send his mail. */
  readonly isUnsent: boolean;
  /** Whether it is certain that it did not even begin it. */
  readonly isUnbegun: boolean;
  /** Whether his mail may have been in hand by chance when the process died. */
  readonly mayBeChance: boolean;
}

function changeOf(evidence: Evidence): Finding | undefined {
  const { index, mark, unknown, isUnsent } = evidence;
  if (mark?.kind === "reply") return answered(index, outcomeOf(mark.outcome), mark.code);
  if (isAnnounced(evidence.before)) return afterAnnounced(evidence);
  if (mark?.kind === "dot") return unanswered(index, unknown);
  return mark?.kind === "begun" ? { index, outcome: "crashed-once", isUnsent } : undefined;
}

/** Makes the outcomes what is known now. @returns what is known of the answers */
export function apply(changes: readonly Finding[], outcomes: Uint8Array): Omit<Answer, "at">[] {
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

function takenIn({ marks }: LeftJournal): readonly (readonly [number, Mark])[] {
  return [...marks].filter(([, mark]) => mark.kind === "reply" && outcomeOf(mark.outcome) === "sent");
}

/** A transport that says nothing before a mail can be taken leaves no such marks: then their absence tells nothing. */
function tellsAll({ isWhole, marks }: LeftJournal): boolean {
  return isWhole && [...marks.values()].some(({ kind }) => kind !== "begun");
}

function answered(index: number, outcome: RecipientOutcome, code: number): Finding {
  const response = code > 0 ? `The server answered ${code}; ${WORDS}` : WORDS;
  return { index, outcome, ...(isFinal(outcome) && { answer: { response, ...(code > 0 && { code }) } }) };
}

function unanswered(index: number, unknown: UnknownPolicy): Finding {
  if (unknown === "hold") return { index, outcome: "unknown", answer: { response: HELD } };
  return { index, outcome: "uncertain" };
}

/** Who stands there as announced was in hand when a process died: perhaps because of him, so that he comes last. */
function afterAnnounced(evidence: Evidence): Finding | undefined {
  const { index, before, unknown, isUnsent, isUnbegun, mayBeChance } = evidence;
  if (isUnbegun) return { index, outcome: beforeAnnounced(before, unknown) };
  const crashed = afterCrash(before);
  if (crashed === undefined) return undefined;
  const isHeld = unknown === "hold" && !isUnsent;
  if (crashed !== "too-often") return isHeld ? unanswered(index, unknown) : { index, outcome: crashed };
  return mayBeChance && !isHeld ? { index, outcome: "crashed-twice" } : leftOut(index, isUnsent);
}

function leftOut(index: number, isUnsent: boolean): Finding {
  return isUnsent
    ? { index, outcome: "failed", answer: { response: `${TOO_OFTEN}; it was not sent` } }
    : { index, outcome: "unknown", answer: { response: `${TOO_OFTEN}; ${CANNOT_TELL}` } };
}

/** Where mails that may have been taken are held, nobody is tried again who may have his. */
function beforeAnnounced(announced: RecipientOutcome, unknown: UnknownPolicy): RecipientOutcome {
  const outcome = unbegun(announced);
  return outcome === "uncertain" && unknown === "hold" ? "pending" : outcome;
}
