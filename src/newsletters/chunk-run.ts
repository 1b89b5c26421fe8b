import type { BroadcastState } from "../broadcasting.ts";
import { DelayedMailError, RetryLater, StopMail } from "../errors.ts";
import { messageOf } from "../message-of.ts";
import { headline } from "../queue/describe-error.ts";
import type { Outcome } from "../smtp/transport.ts";
import type { BroadcastLedger, Chunk, RecipientNote } from "./ledger.ts";
import { byteOf, isFinal, outcomeOf, type RecipientOutcome } from "./outcome.ts";

export interface ChunkRunOptions {
  readonly ledger: BroadcastLedger;
  readonly chunk: Chunk;
  /** The fence: the attempt's token. */
  readonly token: string;
  /** Recorded so far; this run owns it. */
  readonly outcomes: Uint8Array;
  /** Sends the mail of one recipient, by its place in the chunk. */
  readonly send: (index: number, signal: AbortSignal) => Promise<Outcome>;
  readonly stateOfBroadcast: () => Promise<BroadcastState | undefined>;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /**
   * A worker went away while it sent this chunk: sends one mail at a time, and records whose turn it is before, so that a recipient who
   * takes the process down with him is known the next time, and is left out. @default false
   */
  readonly isCareful?: boolean;
  /** Outcomes recorded at once. @default 100 */
  readonly batchSize?: number;
  /** Longest time an outcome waits to be recorded, in ms. @default 1_000 */
  readonly flushMs?: number;
}

/** Why a run ended before all recipients were tried. */
export type Stop = "aborted" | "paused" | "cancelled" | "fenced" | RetryLater | DelayedMailError;

const HOPELESS_FOR_ALL = new Set(["UNKNOWN_ACTION", "NOT_A_MAIL_ACTION", "UNKNOWN_TRANSPORT"]);
const INVALID = new Set(["INVALID_ARGUMENTS", "INVALID_MAIL", "UNSTORABLE_VALUE"]);
const FINAL = new Set(["TEMPLATE", "ATTACHMENT", "PERMANENT_FAILURE"]);
const DEFAULT_REST_MS = 30_000;
const SUSPECT = "Workers went away twice, the second time while this mail was sent";

/** One attempt at a chunk: sends to everybody who has no final outcome, and records what became of each. */
export class ChunkRun {
  readonly #options: Required<ChunkRunOptions>;
  readonly #todo: number[];
  readonly #halt = new AbortController();
  /** What servers said to those who are deferred, for when no attempt is left. */
  readonly #answers = new Map<number, string>();
  #notes: RecipientNote[] = [];
  #unrecorded = 0;
  #rendered = 0;
  #stop: Stop | undefined;
  #recording: Promise<void> = Promise.resolve();

  constructor({ batchSize = 100, flushMs = 1_000, isCareful = false, ...options }: ChunkRunOptions) {
    this.#options = { batchSize, flushMs, isCareful, ...options };
    if (isCareful) this.#leaveOutSuspects();
    this.#todo = [...options.outcomes.keys()].filter((index) => !isFinal(this.#outcome(index)));
  }

  /** Recipients that are to be tried again. */
  get deferred(): readonly number[] {
    return [...this.#options.outcomes.keys()].filter((index) => this.#outcome(index) === "deferred");
  }

  /** @returns why it stopped early, or undefined when everybody was tried */
  async run(): Promise<Stop | undefined> {
    const { signal, isCareful, flushMs } = this.#options;
    const concurrency = isCareful ? 1 : this.#options.concurrency;
    const onAbort = () => this.#stopFor("aborted");
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    const timer = setInterval(() => void this.#record(false), flushMs);
    try {
      await Promise.all(Array.from({ length: concurrency }, () => this.#sendNext()));
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", onAbort);
    }
    await this.#record(false);
    return this.#stop;
  }

  /** Makes deferred recipients failed: no attempt is left for them. */
  giveUp(attempts: number): void {
    for (const index of this.deferred) {
      const response = `Given up after ${attempts} attempts: ${this.#answers.get(index) ?? "no answer"}`;
      this.#note(index, "failed", { response });
    }
  }

  /** Records what is not recorded yet. @returns whether the chunk is still this attempt's */
  async finish(complete: boolean): Promise<boolean> {
    await this.#record(complete);
    return this.#stop !== "fenced";
  }

  async #sendNext(): Promise<void> {
    for (let index = this.#todo.shift(); index !== undefined && !this.#stop; index = this.#todo.shift()) {
      await this.#sendTo(index);
      if (this.#unrecorded >= this.#options.batchSize) await this.#record(false);
    }
  }

  /** Whose turn it was when a worker went away. Whether he got the mail nobody can tell. */
  #leaveOutSuspects(): void {
    for (const index of this.#options.outcomes.keys())
      if (this.#outcome(index) === "attempted") this.#note(index, "unknown", { response: SUSPECT });
  }

  async #announce(index: number): Promise<void> {
    this.#options.outcomes[index] = byteOf("attempted");
    this.#unrecorded += 1;
    await this.#record(false);
  }

  async #sendTo(index: number): Promise<void> {
    if (this.#options.isCareful) await this.#announce(index);
    if (this.#stop) return;
    try {
      const outcome = await this.#options.send(index, this.#halt.signal);
      this.#rendered += 1;
      this.#noteOutcome(index, outcome);
    } catch (error) {
      this.#noteError(index, error);
    }
    if (this.#outcome(index) === "attempted") this.#takeBack(index);
  }

  /** Nothing became of it, because the run was stopped. */
  #takeBack(index: number): void {
    this.#options.outcomes[index] = byteOf("pending");
    this.#unrecorded += 1;
  }

  #noteOutcome(index: number, outcome: Outcome): void {
    const { code, response } = outcome;
    const answer = { response, ...(code !== undefined && { code }) };
    const found = outcome.class;
    if (found === "sent") this.#note(index, "sent");
    else if (found === "rejected" || found === "unknown" || found === "deferred")
      this.#note(index, found, answer);
    else if (found === "throttled" && outcome.refused.length > 0) this.#note(index, "deferred", answer);
    else if (found !== "lost") this.#rest(outcome);
    // A send that was stopped was never begun, as far as its recipient is concerned.
    else if (!this.#stop) this.#note(index, "deferred", answer);
  }

  /** Nothing is wrong with the recipient: the whole chunk waits for the transport. */
  #rest({ response, retryAfter: delay = DEFAULT_REST_MS, othersWork = false }: Outcome): void {
    this.#stopFor(new RetryLater(response, { delay, counted: false, pauseQueue: !othersWork }));
  }

  /** One recipient's data may break a template; a template that has worked for nobody yet is itself broken. */
  #noteError(index: number, error: unknown): void {
    // A send that was stopped was never begun, as far as its recipient is concerned.
    if (this.#stop) return;
    const code = error instanceof DelayedMailError ? error.code : "";
    const response = headline(messageOf(error));
    const isForAll = HOPELESS_FOR_ALL.has(code) || (code === "TEMPLATE" && this.#rendered === 0);
    if (isForAll && error instanceof DelayedMailError) this.#stopFor(error);
    else if (error instanceof StopMail) this.#note(index, "suppressed", { response });
    else if (INVALID.has(code)) this.#note(index, "invalid", { response });
    else this.#note(index, FINAL.has(code) ? "failed" : "deferred", { response });
  }

  #note(index: number, outcome: RecipientOutcome, answer?: { response: string; code?: number }): void {
    if (isFinal(this.#outcome(index))) return;
    this.#options.outcomes[index] = byteOf(outcome);
    if (answer) this.#notes.push({ index, outcome, ...answer });
    if (answer && outcome === "deferred") this.#answers.set(index, answer.response);
    this.#unrecorded += 1;
  }

  #outcome(index: number): RecipientOutcome {
    return outcomeOf(this.#options.outcomes[index] ?? 0);
  }

  #stopFor(stop: Stop): void {
    this.#stop ??= stop;
    this.#halt.abort();
  }

  /** One write at a time; each looks whether somebody paused or cancelled the send-out. */
  #record(complete: boolean): Promise<void> {
    this.#recording = this.#recording.then(() => this.#recordNow(complete));
    return this.#recording;
  }

  async #recordNow(complete: boolean): Promise<void> {
    const { ledger, chunk, token, outcomes, stateOfBroadcast } = this.#options;
    if (this.#unrecorded > 0 || complete) {
      const notes = this.#notes;
      this.#notes = [];
      this.#unrecorded = 0;
      const mine = await ledger.record(chunk.id, token, {
        outcomes: Uint8Array.from(outcomes),
        notes,
        complete,
      });
      if (!mine) this.#stopFor("fenced");
    }
    if (complete || this.#stop) return;
    const state = await stateOfBroadcast();
    if (state === "paused" || state === "cancelled") this.#stopFor(state);
  }
}
