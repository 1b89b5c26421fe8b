import { hash } from "node:crypto";
import { askUnknown, type OnUnknownOutcome, withoutAsking } from "../delivery/verdict.ts";
import type { RecordGonePolicy } from "../errors/error-meaning.ts";
import { type DelayedMailError, PermanentFailure, RetryLater, StoreError } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import { quarticBackoff } from "../jobs/backoff.ts";
import { describeError } from "../jobs/describe-error.ts";
import type { Attempt, Backoff, Call, HandlerSettings, JobHandler } from "../jobs/handler.ts";
import { decode } from "../jobs/stored-value.ts";
import type { Outcome, SendOptions } from "../transports/transport.ts";
import { abandonChunk } from "./abandon-chunk.ts";
import { CHUNK_SENDER, SEND_CHUNK } from "./chunk-job.ts";
import { ChunkRun, type Stop, type Wire } from "./chunk-run.ts";
import { finishNewsletter } from "./finish-newsletter.ts";
import { Journals, type LeftJournal } from "./journal/journals.ts";
import type { Chunk, NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";
import { isFinal, outcomeOf } from "./outcome.ts";
import type { Recorded } from "./outcome-recorder.ts";
import { pauseIfTooManyAreRejected } from "./pause-when.ts";
import { rehearsed } from "./rehearsal/made-mail.ts";
import { type Findings, tellOfReplay } from "./replay.ts";
import { stopOf, type Turn, turnAt } from "./timing/timing.ts";
import { comeBackAt, readWaits, writeWaits } from "./waits.ts";

/** A paused chunk looks again after this long; `resume()` wakes it at once. */
const PAUSED_MS = 60_000;
/** A chunk whose ledger could not be read is tried again after this long. */
const LEDGER_AWAY_MS = 2_000;
/** A newsletter whose mails this worker may not send is offered again after this long. */
const LEFT_TO_OTHERS_MS = 60_000;

export interface SendOneOptions
  extends Pick<SendOptions, "signal" | "isLive" | "bulk" | "mayWait" | "peers" | "onFinalDot" | "onAnswer"> {
  /** Goes the whole way of the mail and stops it before the transport. */
  readonly isRehearsal: boolean;
}

export interface ChunkSenderOptions {
  readonly ledger: NewsletterStore;
  readonly events: Events;
  /** The journals of the attempts, which stay when a process dies. Defaults to none. */
  readonly journals?: Journals;
  /** Sends the mail of one call; the pipeline's. */
  readonly sendOne: (call: Call, options: SendOneOptions) => Promise<Outcome>;
  /** Sends at once within a chunk. */
  readonly concurrency: number;
  /** What to do with a mail that may or may not have been taken. @default "resend" */
  readonly unknown?: OnUnknownOutcome;
  /** What a mailer wants of records that are gone. Defaults to "fail" for all. */
  readonly recordGoneOf?: (handler: string, action: string) => RecordGonePolicy;
  /** Whether mails of this process are sent at all. @default "on" */
  readonly deliveries?: "on" | "off";
  /** When a recipient who was deferred is tried again. Defaults to `attempts^4 + 5` s with jitter. */
  readonly backoff?: Backoff;
  /** The time in ms since 1970. @default Date.now */
  readonly now?: () => number;
}

/** Performs the jobs of newsletters: each sends one chunk of recipients and records what became of every one. */
export class ChunkSender implements JobHandler {
  readonly name = CHUNK_SENDER;
  readonly aliases: readonly string[] = [];
  readonly settings: HandlerSettings;
  readonly #options: Required<ChunkSenderOptions>;

  constructor(options: ChunkSenderOptions) {
    this.#options = {
      unknown: "resend",
      recordGoneOf: () => "fail",
      deliveries: "on",
      backoff: quarticBackoff(),
      now: Date.now,
      journals: new Journals({ folder: undefined, events: options.events }),
      ...options,
    };
    this.settings = {
      hooks: {
        failure: (job, error) =>
          abandonChunk(String(job.args[0]), describeError(error), {
            ...this.#options,
            unknown: withoutAsking(this.#options.unknown),
          }),
      },
    };
  }

  has(action: string): boolean {
    return action === SEND_CHUNK;
  }

  actions(): readonly string[] {
    return [`${CHUNK_SENDER}.${SEND_CHUNK}`];
  }

  async check(_action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    return args;
  }

  /** @throws RetryLater | PermanentFailure, or what stopped the chunk */
  async perform({ args }: Call, attempt: Attempt): Promise<void> {
    try {
      await this.#perform(String(args[0]), attempt);
    } catch (error) {
      if (error instanceof StoreError) throw ledgerAway(error);
      throw error;
    }
  }

  async #perform(chunkId: string, attempt: Attempt): Promise<void> {
    const { ledger } = this.#options;
    const chunk = await ledger.chunk(chunkId);
    const newsletter = chunk && (await ledger.find(chunk.newsletter));
    if (!chunk || !newsletter) throw new PermanentFailure(recipientsGone(chunkId), { reason: "chunk-gone" });
    if (newsletter.state === "cancelled") return;
    if (newsletter.state === "paused") throw await this.#paused(newsletter);
    if (!newsletter.rehearsal && this.#options.deliveries === "off") throw notSentHere(newsletter.key);
    const turn = this.#turnOf(newsletter, chunk);
    if (turn.kind === "later") throw this.#later(turn);
    await this.#send(newsletter, chunk, attempt);
  }

  #turnOf({ timing }: NewsletterRecord, { timeZone }: Chunk): Turn {
    return turnAt(timing, timeZone, this.#options.now());
  }

  #later({ reason, from }: Turn & { readonly kind: "later" }): RetryLater {
    return new RetryLater(reason, { counted: false, delay: Math.max(0, from - this.#options.now()) });
  }

  async #send(newsletter: NewsletterRecord, chunk: Chunk, attempt: Attempt): Promise<void> {
    const { ledger, journals } = this.#options;
    const taken = await ledger.take(chunk, attempt.token);
    await this.#reopen(newsletter, taken.outcomes);
    const journal = journals.open(chunk.id, attempt.token);
    const left = taken.previous === undefined ? [] : await journals.left(chunk.id);
    const options = this.#runOptions(newsletter, chunk, attempt);
    const onReplayed = (findings: Findings) => this.#replayed(newsletter, chunk.id, left, findings);
    const run = new ChunkRun({ ...options, ...taken, left, journal, onReplayed });
    try {
      await this.#runToItsEnd(run, { newsletter, chunk }, attempt);
    } finally {
      journal.close(run.isRecorded);
    }
  }

  async #runToItsEnd(run: ChunkRun, sent: Sent, attempt: Attempt): Promise<void> {
    const { newsletter, chunk } = sent;
    const { number, maxAttempts } = attempt;
    const stop = await run.run();
    if (stop === "closed") this.#closed(run, sent);
    else if (stop) return this.#stopped(stop, newsletter, run);
    const later = comeBack(run, number >= maxAttempts, stopOf(newsletter.timing, chunk.timeZone));
    if (later) throw later;
    const unfinished = await run.finish();
    if (unfinished && unfinished !== "closed") return this.#stopped(unfinished, newsletter, run);
    await finishNewsletter(newsletter.id, this.#options);
  }

  /** Its window is closed until it opens again, or its time is over for good. @throws RetryLater */
  #closed(run: ChunkRun, { newsletter, chunk }: Sent): void {
    const turn = this.#turnOf(newsletter, chunk);
    if (turn.kind === "over") {
      run.expire();
      return;
    }
    const later =
      turn.kind === "later" ? this.#later(turn) : new RetryLater("its sending window is closed", AT_ONCE);
    throw keepWaits(later, run);
  }

  /** Somebody has a job that was given up tried again, after its newsletter was finished without it. */
  async #reopen({ id, state }: NewsletterRecord, outcomes: Uint8Array): Promise<void> {
    const isDone = outcomes.every((byte) => isFinal(outcomeOf(byte)));
    if (state === "finished" && !isDone) await this.#options.ledger.setState(id, "running", ["finished"]);
  }

  #runOptions(newsletter: NewsletterRecord, chunk: Chunk, attempt: Attempt) {
    const { ledger, concurrency, unknown, recordGoneOf, events, sendOne, backoff, now } = this.#options;
    const { token, signal, isLive, crashes, jobId, maxAttempts } = attempt;
    const { id, key, handler, action } = newsletter;
    const isRehearsal = newsletter.rehearsal === true;
    const turn = this.#turnOf(newsletter, chunk);
    let isForgiven = crashes === 0;
    return {
      ...{ ledger, chunk, token, signal },
      unknown: withoutAsking(unknown),
      ...(typeof unknown === "function" && {
        ask: (index: number) => {
          const { args, params, meta } = callOf(newsletter, chunk, index);
          const { messageId = "" } = meta;
          return askUnknown(
            unknown,
            { mailer: handler, action, args, params, messageId, newsletter: key },
            events,
          );
        },
      }),
      // A rehearsal measures how long each mail takes, so none may take another's time.
      concurrency: isRehearsal ? 1 : concurrency,
      arrived: isRehearsal ? ("rehearsed" as const) : ("sent" as const),
      until: untilOf(turn),
      isCareful: crashes > 0,
      crashes,
      now,
      waits: readWaits(attempt.checkpoint),
      maxTries: maxAttempts,
      backoff: (tries: number, response: string) => {
        const failed = { jobId, handler, action, error: new RetryLater(response), now: new Date(now()) };
        const next = backoff(tries, failed);
        return typeof next === "number" ? next : next.getTime() - now();
      },
      recordGone: recordGoneOf(handler, action),
      send: async (index: number, halt: AbortSignal, wire: Wire) => {
        const options = { bulk: true, mayWait: false, signal: halt, isLive, isRehearsal };
        const sending = () => sendOne(callOf(newsletter, chunk, index), { ...wire, ...options });
        return isRehearsal ? rehearsed(sending) : sending();
      },
      stateOfNewsletter: async () => (await ledger.find(id))?.state,
      onRecorded: async ({ outcomes: counts, isProgress }: Recorded) => {
        if (Object.keys(counts).length > 0) events.emit("newsletter.recorded", { id, key, outcomes: counts });
        if (newsletter.pauseWhen)
          // Where the store cannot be asked, the next write asks again.
          await pauseIfTooManyAreRejected(id, { ledger, events }).catch(() => undefined);
        if (!isProgress) return;
        // Where the store does not take it, the next progress tries again.
        if (!isForgiven) isForgiven = await attempt.forgiveCrashes().catch(() => false);
      },
      onError: (error: unknown) =>
        events.emit("newsletter.error", { id, key, during: "recording outcomes", error }),
    };
  }

  async #replayed(
    { id, key }: NewsletterRecord,
    chunk: string,
    left: readonly LeftJournal[],
    findings: Findings,
  ): Promise<void> {
    const { events, journals } = this.#options;
    tellOfReplay({ id, key, chunk }, findings, events);
    await journals.settle(left);
  }

  async #stopped(stop: Exclude<Stop, "closed">, newsletter: NewsletterRecord, run: ChunkRun): Promise<void> {
    if (stop === "cancelled") return;
    const error = stop === "paused" ? await this.#paused(newsletter) : stop;
    throw keepWaits(typeof error === "string" ? STOPS[error]() : error, run);
  }

  /** Looks again, because who resumed it meanwhile could wake only the chunks that waited already. */
  async #paused({ id, key }: NewsletterRecord): Promise<RetryLater> {
    const isPaused = (await this.#options.ledger.find(id))?.state === "paused";
    const delay = isPaused ? PAUSED_MS : 0;
    return new RetryLater(`The newsletter ${key} is paused`, { counted: false, delay });
  }
}

/** What a run is about. */
interface Sent {
  readonly newsletter: NewsletterRecord;
  readonly chunk: Chunk;
}

const AT_ONCE = { counted: false, delay: 0 } as const;

/** Until when a run may send, in ms since 1970. */
function untilOf(turn: Turn): number {
  if (turn.kind !== "open") return Number.NEGATIVE_INFINITY;
  return turn.until ?? Number.POSITIVE_INFINITY;
}

const STOPS: Readonly<
  Record<Exclude<Stop & string, "cancelled" | "paused" | "closed">, () => DelayedMailError>
> = {
  fenced: () => new RetryLater("Another worker sends to these recipients", { counted: false }),
  aborted: () =>
    new RetryLater("Sending to these recipients was stopped in between, and goes on at once", {
      counted: false,
      delay: 0,
    }),
};

/** A chunk never comes back at once: its turn is over. */
const SHORTEST_BACK_MS = 200;

/** When the chunk is to be performed again, for those whose time was not come; nothing when there are none. */
function comeBack(run: ChunkRun, isLast: boolean, end: number): RetryLater | undefined {
  const { deferred, aside, times } = run.again;
  if (times.length === 0) return undefined;
  const now = run.now();
  const back = Math.max(now + SHORTEST_BACK_MS, Math.min(comeBackAt(times, now), end));
  const turns =
    aside > 0 ? [`${aside} of ${run.size} recipients wait for a turn with their mail provider`] : [];
  const again = deferred.size > 0 ? [`${deferred.size} of ${run.size} recipients are to be tried again`] : [];
  return new RetryLater([...again, ...turns].join("; "), {
    delay: back - now,
    // Those who wait for a turn were not tried, and each of the others has tries of his own.
    counted: aside === 0 && !isLast,
    checkpoint: writeWaits(deferred, back),
  });
}

/** What is known of those who were deferred must outlive whatever stopped the others. */
function keepWaits(error: DelayedMailError, run: ChunkRun): DelayedMailError {
  if (!(error instanceof RetryLater)) return error;
  const { delay, counted, pauseQueue, message, cause } = error;
  const options = { counted, pauseQueue, cause, ...(delay !== undefined && { delay }) };
  return new RetryLater(message, { ...options, checkpoint: writeWaits(run.again.deferred, 0) });
}

function notSentHere(key: string): RetryLater {
  const message =
    `The newsletter ${key} waits for a worker that sends mails: deliveries are off in this one ` +
    "(DELAYED_MAILER_DELIVERIES).";
  return new RetryLater(message, { counted: false, delay: LEFT_TO_OTHERS_MS });
}

function recipientsGone(chunkId: string): string {
  return (
    `The recipients of this job (${chunkId}) are not in the store: their newsletter was deleted, ` +
    "or the store was restored from an older copy. Nothing is left to send: remove the job."
  );
}

/** The ledger cannot be read, which is no fault of the chunk or its recipients. So the job is put off and no attempt is counted. */
function ledgerAway(cause: StoreError): RetryLater {
  return new RetryLater(cause.message, { counted: false, delay: LEDGER_AWAY_MS, cause });
}

/** The call of one recipient. Its Message-ID and date are the same at every attempt, and on every machine. */
function callOf(newsletter: NewsletterRecord, chunk: Chunk, index: number): Call {
  const { handler, action, args, params, meta } = newsletter;
  const { seed = "", domain = "", date = "" } = meta;
  const recipient = decode(chunk.recipients[index] ?? null);
  const identity = chunk.identities[index] ?? "";
  // The seed is secret and always as long, and half of the hash is told: nobody finds a name from an address, for a third of what an HMAC costs.
  const name = hash("sha256", `${seed}\0${identity}`, "hex").slice(0, 32);
  return {
    handler,
    action,
    args: [recipient, ...args.map(decode)],
    // `encode` wrote params from an object.
    params: decode(params) as Call["params"],
    meta: { messageId: `<${name}@${domain}>`, date },
  };
}
