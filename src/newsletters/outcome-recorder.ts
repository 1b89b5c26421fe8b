import { setTimeout as sleep } from "node:timers/promises";
import type { NewsletterState } from "../jobs/newsletter.ts";
import { AnswerLog } from "./answers/answer-log.ts";
import type { NewsletterStore } from "./newsletter-store.ts";
import {
  byteOf,
  isFinal,
  outcomeOf,
  type RecipientOutcome,
  type ReportedOutcome,
  reportedAs,
} from "./outcome.ts";

export interface OutcomeRecorderOptions {
  readonly ledger: Pick<NewsletterStore, "record">;
  readonly chunkId: string;
  /** The fence. */
  readonly token: string;
  /** Recorded so far, one byte per recipient; the recorder owns it. */
  readonly outcomes: Uint8Array;
  readonly readState: () => Promise<NewsletterState | undefined>;
  /** Aborted when the attempt is over: a write that fails then is repeated for `lastWritesMs` and not for ever. */
  readonly signal: AbortSignal;
  readonly flushMs: number;
  readonly lastWritesMs: number;
  /** Nothing is written any more: another attempt has the chunk, or the attempt was over before the store took the outcomes. */
  readonly onEnd: (why: "fenced" | "aborted") => void;
  readonly onState: (state: NewsletterState) => void;
  /** New outcomes are durable. */
  readonly onRecorded: (recorded: Recorded) => Promise<void>;
  /** The first of several failures in a row. */
  readonly onError: (error: unknown) => void;
}

/** What a server or an error said of a mail. An outcome of a transport is one. */
export interface Said {
  /** The SMTP reply code, where there was a reply. */
  readonly code?: number;
  readonly response: string;
}

export interface Recorded {
  /** How many recipients have which outcome since the write before. */
  readonly outcomes: Readonly<Partial<Record<ReportedOutcome, number>>>;
  /** Whether one of them is final. */
  readonly isProgress: boolean;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/**
 * Writes the outcomes of one chunk, one write at a time. Outcomes that the store did not take are kept and written again until it takes
 * them, another attempt has the chunk, or the attempt is over. None of its promises rejects.
 */
export class OutcomeRecorder {
  readonly #options: OutcomeRecorderOptions;
  /** Those that are not written yet. */
  readonly #answers = new AnswerLog();
  #unrecorded = 0;
  /** Of those, what the store is being given. */
  #underWay = 0;
  #newFinal = 0;
  /** What the store has. */
  #stored: Uint8Array;
  #complete = false;
  #isFailing = false;
  #isOver = false;
  #giveUpAt: number | undefined;
  #lookedAt = performance.now();
  #writing: Promise<void> = Promise.resolve();
  /** A write that has not begun, for everybody who asks until it does. */
  #next: Promise<void> | undefined;

  constructor(options: OutcomeRecorderOptions) {
    this.#options = options;
    this.#stored = Uint8Array.from(options.outcomes);
  }

  /** Outcomes that are not written yet. */
  get unrecorded(): number {
    return this.#unrecorded;
  }

  /** Outcomes that no write has begun with. */
  get waiting(): number {
    return this.#unrecorded - this.#underWay;
  }

  /** Whether the store has all of them, as far as this attempt may write there. */
  get isRecorded(): boolean {
    return this.#unrecorded === 0 && !this.#isOver;
  }

  get(index: number): RecipientOutcome {
    return outcomeOf(this.#options.outcomes[index] ?? 0);
  }

  /** @param answer what a server or an error said */
  set(index: number, outcome: RecipientOutcome, answer?: Said): void {
    this.#options.outcomes[index] = byteOf(outcome);
    if (answer) this.#answers.add(index, outcome, answer.response, answer.code);
    if (isFinal(outcome)) this.#newFinal += 1;
    this.#unrecorded += 1;
  }

  /** Resolves when no write is outstanding that failed, so that somebody new may be sent to. */
  async ready(): Promise<void> {
    while (this.#isFailing && !this.#isOver) await this.#writing;
  }

  /** Writes what is not written yet, and looks from time to time whether somebody paused or cancelled the newsletter. */
  flush(): Promise<void> {
    this.#next ??= this.#queueWrite();
    return this.#next;
  }

  /** Writes that nothing of the chunk is left to do. */
  complete(): Promise<void> {
    this.#complete = true;
    return this.flush();
  }

  #queueWrite(): Promise<void> {
    this.#writing = this.#writing.then(() => {
      this.#next = undefined;
      return this.#write();
    });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const complete = this.#complete;
    if (this.#unrecorded > 0 || complete) await this.#record(complete);
    if (!complete) await this.#look();
  }

  async #record(complete: boolean): Promise<void> {
    for (let wait = FIRST_RETRY_MS; !this.#isOver; wait = Math.min(LAST_RETRY_MS, wait * 2)) {
      if (await this.#recordOnce(complete)) return;
      if (this.#isTooLate()) this.#end("aborted");
      else await sleep(wait);
    }
  }

  /** @returns whether the store answered */
  async #recordOnce(complete: boolean): Promise<boolean> {
    const { ledger, chunkId, token, outcomes, onError } = this.#options;
    // Taken anew at every try: mails that were under way have ended meanwhile.
    const answers = this.#answers.pack();
    const [unrecorded, newFinal] = [this.#unrecorded, this.#newFinal];
    const written = Uint8Array.from(outcomes);
    this.#underWay = unrecorded;
    try {
      const isMine = await ledger.record(chunkId, token, { outcomes: written, answers, complete });
      this.#isFailing = false;
      if (!isMine) this.#end("fenced");
      this.#answers.forget(answers.count);
      this.#unrecorded -= unrecorded;
      this.#newFinal -= newFinal;
    } catch (error) {
      if (!this.#isFailing) onError(error);
      this.#isFailing = true;
      return false;
    } finally {
      this.#underWay = 0;
    }
    if (!this.#isOver) await this.#tell(written, newFinal > 0);
    return true;
  }

  async #tell(written: Uint8Array, isProgress: boolean): Promise<void> {
    const outcomes: Partial<Record<ReportedOutcome, number>> = {};
    written.forEach((byte, index) => {
      if (byte === this.#stored[index]) return;
      const outcome = reportedAs(outcomeOf(byte));
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    });
    this.#stored = written;
    await this.#options.onRecorded({ outcomes, isProgress });
  }

  #isTooLate(): boolean {
    const { signal, lastWritesMs } = this.#options;
    if (!signal.aborted) return false;
    this.#giveUpAt ??= performance.now() + lastWritesMs;
    return performance.now() >= this.#giveUpAt;
  }

  #end(why: "fenced" | "aborted"): void {
    this.#isOver = true;
    this.#options.onEnd(why);
  }

  /** A state that cannot be read is no reason to stop: the next look tells. */
  async #look(): Promise<void> {
    const { readState, onState, flushMs } = this.#options;
    if (this.#isOver || performance.now() - this.#lookedAt < Math.min(flushMs, LOOK_EVERY_MS)) return;
    this.#lookedAt = performance.now();
    const state = await readState().catch(() => undefined);
    if (state !== undefined) onState(state);
  }
}

const LOOK_EVERY_MS = 250;
