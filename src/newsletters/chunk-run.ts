import { setMaxListeners } from "node:events";
import { consequenceOf, HELD_BY_HOOK, type UnknownPolicy } from "../delivery/verdict.ts";
import type { RecordGonePolicy } from "../errors/error-meaning.ts";
import { meaningOf } from "../errors/error-meaning.ts";
import { errorMessage } from "../errors/error-message.ts";
import { DelayedMailError, RetryLater } from "../errors/errors.ts";
import { headline } from "../jobs/describe-error.ts";
import type { NewsletterState } from "../jobs/newsletter.ts";
import type { Outcome, SendOptions } from "../transports/transport.ts";
import { type ChunkJournal, NO_JOURNAL } from "./journal/chunk-journal.ts";
import type { LeftJournal } from "./journal/journals.ts";
import type { Chunk, NewsletterStore } from "./newsletter-store.ts";
import { announced, isAnnounced, isCrashed, isFinal, mayHaveIt, type RecipientOutcome } from "./outcome.ts";
import { OutcomeRecorder, type OutcomeRecorderOptions, type Said } from "./outcome-recorder.ts";
import { type Findings, replay } from "./replay.ts";
import { type HeldDomains, SendingOrder } from "./sending-order.ts";
import type { Wait, Waits } from "./waits.ts";

export interface ChunkRunOptions {
  readonly ledger: Pick<NewsletterStore, "record">;
  readonly chunk: Chunk;
  /** The fence: the attempt's token. */
  readonly token: string;
  /** Recorded so far; this run owns it. */
  readonly outcomes: Uint8Array;
  /** Who had the chunk before, where somebody had. */
  readonly previous?: string | undefined;
  /** The journals that earlier attempts left on this machine. @default [] */
  readonly left?: readonly LeftJournal[];
  /** The journal of this attempt, which stays when its process dies. Defaults to none. */
  readonly journal?: ChunkJournal;
  /** Sends the mail of the recipient at this place in the chunk, and reports each step to `wire`. */
  readonly send: (index: number, signal: AbortSignal, wire: Wire) => Promise<Outcome>;
  readonly stateOfNewsletter: () => Promise<NewsletterState | undefined>;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** From this time on no further mail is begun, in ms since 1970. Defaults to never. */
  readonly until?: number;
  /** What became of a recipient whose mail took the whole way. @default "sent" */
  readonly arrived?: "sent" | "rehearsed";
  /** What to do with a mail that may or may not have been taken. @default "resend" */
  readonly unknown?: UnknownPolicy;
  /** Asked before a mail that may have been taken is sent again, by its place in the chunk. Defaults to nobody. */
  readonly ask?: ((index: number) => Promise<UnknownPolicy>) | undefined;
  /** What becomes of a recipient whose record is gone. @default "fail" */
  readonly recordGone?: RecordGonePolicy;
  /**
   * A worker died while it sent this chunk, and no journal says which mails it had begun. Then this run first sends one mail at a time, and
   * records before each whose turn it is. So when the process dies on a recipient, the next run knows on whom. @default false
   */
  readonly isCareful?: boolean;
  /** How many workers in a row died while they had the chunk, without any progress. @default 0 */
  readonly crashes?: number;
  /**
   * How many recipients a careful run sends to one by one. When a worker dies, at most one and a half batches are sent without a record, and
   * some more mails are begun; this number is above their sum. @default 200
   */
  readonly carefulFor?: number;
  /** Outcomes recorded at once. @default 100 */
  readonly batchSize?: number;
  /** Longest time an outcome waits to be recorded, in ms. @default 1_000 */
  readonly flushMs?: number;
  /** How long outcomes that the store refuses are written again after the attempt is over, in ms. @default 5_000 */
  readonly lastWritesMs?: number;
  /** The recipients that were tried before: how often, and until when each has to wait. Defaults to none. */
  readonly waits?: Waits;
  /** How long to wait after so many tries, in ms. Defaults to no time. */
  readonly backoff?: (tries: number, response: string) => number;
  /** After how many tries a recipient who is still deferred is given up. @default 25 */
  readonly maxTries?: number;
  /** The time in ms since 1970. @default Date.now */
  readonly now?: () => number;
  /** What earlier attempts left is in the store, if there was anything. */
  readonly onReplayed?: (findings: Findings) => Promise<void>;
  /** New outcomes are durable. */
  readonly onRecorded?: OutcomeRecorderOptions["onRecorded"];
  /** Outcomes could not be recorded; they are written again. Told once until it works. */
  readonly onError?: (error: unknown) => void;
}

/** The callbacks that report the steps of a mail while it is sent. */
export type Wire = Required<Pick<SendOptions, "onFinalDot" | "onAnswer" | "peers">>;

/** Why a run ended before all recipients were tried. */
export type Stop = "closed" | "aborted" | "paused" | "cancelled" | "fenced" | RetryLater | DelayedMailError;

interface Sending {
  readonly senders: number;
  /** Whether to record whose turn it is before each mail. */
  readonly isAnnounced: boolean;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One attempt at a chunk: sends to everybody who has no final outcome, and records what became of each. */
export class ChunkRun {
  readonly #options: Required<ChunkRunOptions>;
  readonly #recorder: OutcomeRecorder;
  readonly #todo: readonly number[];
  /** A process died while the mails of these were in hand. They come last, one by one, so that they cost nobody else his mail. */
  readonly #poisonous: readonly number[];
  readonly #halt = new AbortController();
  /** Recipients whom an earlier send may have reached. */
  readonly #uncertain: Set<number>;
  /** Those of them who were certainly not sent to, as a journal shows. */
  readonly #unsent: ReadonlySet<number>;
  /** Of those who are deferred. */
  readonly #waits: Map<number, Wait>;
  /** Those whose mail has to wait for its turn, and when that may be. */
  readonly #aside = new Map<number, number>();
  readonly #held: HeldDomains = new Map();
  /** At `performance.now()` 0. */
  readonly #startedAt: number;
  readonly #replayed: Findings;
  #stop: Stop | undefined;

  constructor(options: ChunkRunOptions) {
    this.#options = {
      unknown: "resend",
      ask: undefined,
      recordGone: "fail",
      isCareful: false,
      crashes: 0,
      carefulFor: 200,
      batchSize: 100,
      flushMs: 1_000,
      lastWritesMs: 5_000,
      previous: undefined,
      until: Number.POSITIVE_INFINITY,
      arrived: "sent",
      left: [],
      journal: NO_JOURNAL,
      onReplayed: async () => undefined,
      onRecorded: async () => undefined,
      onError: () => undefined,
      waits: new Map(),
      backoff: () => 0,
      maxTries: 25,
      now: Date.now,
      ...options,
    };
    // Each connection listens to it.
    setMaxListeners(0, this.#halt.signal);
    const { ledger, chunk, token, outcomes, signal, flushMs, lastWritesMs, onRecorded, onError } =
      this.#options;
    this.#recorder = new OutcomeRecorder({
      ...{ ledger, chunkId: chunk.id, token, outcomes, signal, flushMs, lastWritesMs, onRecorded, onError },
      readState: this.#options.stateOfNewsletter,
      onEnd: (why) => this.#stopFor(why),
      onState: (state) => {
        if (state === "paused" || state === "cancelled") this.#stopFor(state);
      },
    });
    this.#replayed = this.#replay();
    const unsent = this.#replayed.changes.filter(({ isUnsent }) => isUnsent === true);
    this.#unsent = new Set(unsent.map(({ index }) => index));
    this.#waits = new Map(this.#options.waits);
    this.#startedAt = this.#options.now() - performance.now();
    const now = this.now();
    const left = this.#indexes((outcome) => !isFinal(outcome)).filter((index) => !this.#isEarly(index, now));
    this.#todo = left.filter((index) => !isCrashed(this.#outcome(index)));
    this.#poisonous = left.filter((index) => isCrashed(this.#outcome(index)));
    this.#uncertain = new Set(this.#indexes((outcome) => outcome === "uncertain" || isCrashed(outcome)));
  }

  /** Recipients, whatever became of them. */
  get size(): number {
    return this.#options.chunk.recipients.length;
  }

  /** Recipients that are to be tried again. */
  get deferred(): readonly number[] {
    return this.#indexes((outcome) => outcome === "deferred" || outcome === "uncertain");
  }

  /** Who is to be tried again: who is deferred, who has to wait for his turn, and when each of them may be, in ms since 1970. */
  get again(): { readonly deferred: Waits; readonly aside: number; readonly times: readonly number[] } {
    const deferred = new Map<number, Wait>();
    for (const index of this.deferred) {
      const { tries = 0, until = 0 } = this.#waits.get(index) ?? {};
      deferred.set(index, { tries, until: this.#aside.has(index) ? 0 : until });
    }
    const waiting = [...deferred].filter(([index]) => !this.#aside.has(index)).map(([, { until }]) => until);
    return { deferred, aside: this.#aside.size, times: [...waiting, ...this.#aside.values()] };
  }

  /** The time in ms since 1970, as it was when the run began and on by a clock that never jumps. */
  readonly now = (): number => this.#startedAt + performance.now();

  /** When it resolves, nothing of it is under way any more. @returns why it stopped early, or undefined when everybody was tried */
  async run(): Promise<Stop | undefined> {
    const { signal, flushMs } = this.#options;
    const onAbort = () => this.#stopFor("aborted");
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    const closing = this.#closing();
    // It never rejects.
    const timer = setInterval(() => void this.#recorder.flush(), flushMs);
    try {
      await this.#recordReplayed();
      await this.#sendToAll();
    } finally {
      clearInterval(timer);
      clearTimeout(closing);
      signal.removeEventListener("abort", onAbort);
      await this.#recorder.flush();
    }
    return this.#stop;
  }

  /** Gives everybody who is left his last outcome, because his time is over. */
  expire(): void {
    const left = this.#indexes((outcome) => !isFinal(outcome));
    for (const index of left) {
      const outcome = mayHaveIt(this.#outcome(index)) ? "unknown" : "expired";
      this.#note(index, outcome, { response: "The newsletter was to stop before this mail was sent" });
    }
  }

  /** Whether the store has everything that is known of the chunk. */
  get isRecorded(): boolean {
    return this.#recorder.isRecorded;
  }

  /** Records that nothing of the chunk is left to do. @returns why that could not be recorded */
  async finish(): Promise<Stop | undefined> {
    await this.#recorder.complete();
    return this.#recorder.isRecorded ? undefined : this.#stop;
  }

  /** Stops the run when its time is over. A run never lasts as long as the longest timer. */
  #closing(): NodeJS.Timeout | undefined {
    const { until } = this.#options;
    const left = until - this.now();
    if (left <= 0) this.#stopFor("closed");
    return left > 0 && left < LONGEST_TIMER_MS ? setTimeout(() => this.#stopFor("closed"), left) : undefined;
  }

  /** Before anybody is sent to: if this process dies too, the next one finds it in the store. */
  async #recordReplayed(): Promise<void> {
    if (this.#options.left.length === 0) return;
    await this.#recorder.flush();
    if (this.#recorder.isRecorded) await this.#options.onReplayed(this.#replayed);
  }

  async #sendToAll(): Promise<void> {
    const { isCareful, carefulFor, unknown, ask, concurrency } = this.#options;
    const mayBeHeld = unknown === "hold" || ask !== undefined;
    const first = isCareful && !this.#replayed.knowsSuspects ? carefulFor : 0;
    const oneByOne = { senders: 1, isAnnounced: true };
    await this.#sendTo(this.#todo.slice(0, first), oneByOne);
    // A mail that may have been sent must not be sent again, so it has to be known which ones are in hand.
    await this.#sendTo(this.#todo.slice(first), { senders: concurrency, isAnnounced: mayBeHeld });
    await this.#sendTo(this.#poisonous, oneByOne);
  }

  async #sendTo(indexes: readonly number[], { senders, isAnnounced }: Sending): Promise<void> {
    const [held, domainOf, now] = [this.#held, this.#domainOf, this.now];
    const order = new SendingOrder({ places: indexes, domainOf, held, now });
    const ended = await Promise.allSettled(
      Array.from({ length: Math.min(senders, indexes.length) }, () => this.#sendNext(order, isAnnounced)),
    );
    for (const [index, until] of order.left()) this.#aside.set(index, until);
    const failed = ended.find((sender) => sender.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #sendNext(order: SendingOrder, isAnnounced: boolean): Promise<void> {
    for (;;) {
      await this.#recorder.ready();
      if (this.#stop) return;
      const index = order.next();
      if (index === undefined) return;
      await (isAnnounced ? this.#sendAnnounced(index, order) : this.#sendOne(index, order));
      await this.#recordBatch();
    }
  }

  /** Sending goes on while the store takes a batch, until it is half a batch behind. */
  async #recordBatch(): Promise<void> {
    const { batchSize } = this.#options;
    const { unrecorded, waiting } = this.#recorder;
    if (unrecorded >= batchSize * 1.5) await this.#recorder.flush();
    // It never rejects.
    else if (waiting >= batchSize) void this.#recorder.flush();
  }

  async #sendAnnounced(index: number, order: SendingOrder): Promise<void> {
    const before = this.#outcome(index);
    const during = announced(before);
    this.#options.journal.start();
    this.#recorder.set(index, during);
    await this.#recorder.flush();
    if (!this.#stop) await this.#sendOne(index, order);
    // Nothing became of it, because the run was stopped, or it has to wait for its turn.
    if (this.#outcome(index) === during) this.#recorder.set(index, before);
  }

  async #sendOne(index: number, order: SendingOrder): Promise<void> {
    const { send, journal } = this.#options;
    let isAnswered = false;
    const wire: Wire = {
      peers: this.#peers,
      onFinalDot: () => journal.dot(index),
      onAnswer: (outcome) => {
        isAnswered = true;
        if (outcome.class === "unknown") this.#uncertain.add(index);
        journal.reply(index, this.#meaningOf(index, outcome), outcome.code);
      },
    };
    if (await this.#isHeld(index)) return;
    journal.begun(index);
    try {
      this.#noteOutcome(index, await send(index, this.#halt.signal, wire), order);
    } catch (error) {
      this.#noteError(index, error);
    }
    // The process did not die on it.
    if (!isAnswered) journal.reply(index, this.#unannounced(index));
  }

  /** Whether his mail may have been taken, and somebody decides that it is not sent again, or not now. */
  async #isHeld(index: number): Promise<boolean> {
    const { ask } = this.#options;
    if (ask === undefined || !this.#uncertain.has(index) || this.#unsent.has(index)) return false;
    try {
      if ((await ask(index)) === "resend") return false;
      this.#note(index, "unknown", { response: HELD_BY_HOOK });
    } catch (error) {
      this.#noteError(index, error);
    }
    return true;
  }

  /** What became of the mails of those who had the chunk before. */
  #replay(): Findings {
    const { outcomes, previous, left: journals, unknown, crashes } = this.#options;
    const findings = replay({ outcomes, previous, journals, unknown, crashes });
    for (const { index, outcome, answer } of findings.changes) this.#recorder.set(index, outcome, answer);
    return findings;
  }

  /** What an answer to a mail comes to, if nobody lives to note it. */
  #meaningOf(index: number, outcome: Outcome): RecipientOutcome {
    const consequence = consequenceOf(outcome, this.#options.unknown);
    if (consequence.kind === "sent") return "sent";
    if (consequence.kind === "final") return consequence.reason;
    if (this.#uncertain.has(index)) return "uncertain";
    return consequence.kind === "again" ? "deferred" : "pending";
  }

  #unannounced(index: number): RecipientOutcome {
    const outcome = this.#outcome(index);
    if (!isAnnounced(outcome)) return outcome;
    return this.#uncertain.has(index) ? "uncertain" : "pending";
  }

  #noteOutcome(index: number, outcome: Outcome, order: SendingOrder): void {
    const consequence = consequenceOf(outcome, this.#options.unknown);
    // A send that was stopped was never begun, as far as its recipient is concerned.
    if (outcome.class === "lost" && this.#stop) return;
    if (outcome.class === "unknown") this.#uncertain.add(index);
    if (consequence.kind === "sent") {
      this.#note(index, this.#options.arrived, outcome);
      order.noteSent(index);
    } else if (consequence.kind === "aside") order.putAside(index, consequence.delay);
    else if (consequence.kind === "final") this.#note(index, consequence.reason, outcome);
    else if (consequence.kind === "again") this.#defer(index, outcome, consequence.notBefore);
    else this.#rest(outcome, consequence.delay);
  }

  /** Nothing is wrong with the recipient: the whole chunk waits for the transport. */
  #rest({ response, othersWork = false, isUsedUp = false }: Outcome, delay: number): void {
    this.#stopFor(new RetryLater(response, { delay, counted: false, pauseQueue: !othersWork && !isUsedUp }));
  }

  /** A fault of one recipient fails only that recipient. A fault of the action stops the chunk. */
  #noteError(index: number, error: unknown): void {
    if (this.#stop) return;
    const { concerns, recipient } = meaningOf(error, this.#options.recordGone);
    const answer = { response: headline(errorMessage(error)) };
    if (concerns === "action" && error instanceof DelayedMailError) this.#stopFor(error);
    else if (recipient === "deferred") this.#defer(index, answer, delayIn(error));
    else this.#note(index, recipient, answer);
  }

  /** @param notBefore what the server named, in ms */
  #defer(index: number, answer: Said, notBefore = 0): void {
    const { backoff, maxTries } = this.#options;
    const tries = (this.#waits.get(index)?.tries ?? 0) + 1;
    const isUncertain = this.#uncertain.has(index);
    if (tries >= maxTries) {
      const response = `Given up after ${tries} attempts: ${answer.response}`;
      this.#note(index, isUncertain ? "unknown" : "failed", { ...answer, response });
      return;
    }
    const wait = Math.max(notBefore, backoff(tries, answer.response));
    this.#waits.set(index, { tries, until: Math.ceil(this.now() + wait) });
    this.#note(index, isUncertain ? "uncertain" : "deferred", answer);
  }

  /** Whether he was tried before and is to be left alone for longer. */
  #isEarly(index: number, now: number): boolean {
    const outcome = this.#outcome(index);
    const isDeferred = outcome === "deferred" || outcome === "uncertain";
    if (!isDeferred) this.#waits.delete(index);
    return isDeferred && (this.#waits.get(index)?.until ?? 0) > now;
  }

  /** Rows are told apart by their addresses as a rule. */
  readonly #domainOf = (index: number): string | undefined => {
    const identity = this.#options.chunk.identities[index] ?? "";
    const at = identity.lastIndexOf("@");
    return at < 0 ? undefined : identity.slice(at + 1);
  };

  readonly #peers = (domain: string): number =>
    this.#indexes((outcome) => !isFinal(outcome)).filter((index) => this.#domainOf(index) === domain).length;

  #note(index: number, outcome: RecipientOutcome, answer: Said): void {
    if (!isFinal(this.#outcome(index))) this.#recorder.set(index, outcome, answer);
  }

  #outcome(index: number): RecipientOutcome {
    return this.#recorder.get(index);
  }

  #indexes(fits: (outcome: RecipientOutcome) => boolean): readonly number[] {
    return [...this.#options.outcomes.keys()].filter((index) => fits(this.#outcome(index)));
  }

  #stopFor(stop: Stop): void {
    this.#stop ??= stop;
    this.#halt.abort();
  }
}

/** How long the error asks to wait before this recipient is tried again, in ms. */
function delayIn(error: unknown): number {
  return error instanceof RetryLater ? Math.max(error.delay ?? 0, error.notBefore) : 0;
}
