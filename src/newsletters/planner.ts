import { setImmediate as nextTurn } from "node:timers/promises";
import { errorMessage } from "../errors/error-message.ts";
import { InvalidArgumentsError, PlanningError, UnstorableValueError } from "../errors/errors.ts";
import { headline } from "../jobs/describe-error.ts";
import type { JobHandler } from "../jobs/handler.ts";
import type { Json } from "../jobs/job-record.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Audience } from "../jobs/newsletter.ts";
import { decode, encode } from "../jobs/stored-value.ts";
import { rowsOf } from "./audience-rows.ts";
import { chunkJob, WHEN_WOKEN } from "./chunk-job.ts";
import { checkedIdentity } from "./identity.ts";
import {
  type Chunk,
  chunkId,
  type NewsletterRecord,
  type NewsletterStore,
  type PlannerClaim,
  type Refusal,
} from "./newsletter-store.ts";
import { type OpenChunk, OpenChunks } from "./open-chunks.ts";
import { type People, peopleInMemory } from "./people.ts";
import { PlannerLease } from "./planner-lease.ts";
import { checkedTimeZone } from "./timing/recipient-zone.ts";
import { turnAt } from "./timing/timing.ts";
import { UnfitRow } from "./unfit-row.ts";

export interface PlannerOptions {
  readonly ledger: NewsletterStore;
  readonly jobs: Pick<JobStore, "insert" | "wakeGroup">;
  readonly handler: JobHandler;
  readonly newsletter: NewsletterRecord;
  readonly planner: PlannerClaim;
  readonly identify: (row: unknown) => string;
  /** Where a recipient is. Defaults to nowhere. */
  readonly timeZoneOf?: ((row: unknown) => string | undefined) | undefined;
  /** Who is planned already. Defaults to what is kept in memory. */
  readonly people?: People;
  /** The store's time, in ms since 1970. @default Date.now */
  readonly now?: () => number;
}

interface Row {
  readonly recipient: Json;
  readonly identity: string;
  readonly timeZone: string | undefined;
  /** Of its chunk, by the ledger's measure. */
  readonly bytes: number;
}

/** Of planning without letting go of the event loop: neither an audience nor a store that answers at once does so by itself. */
const LONGEST_TURN_MS = 10;
/** Of rows that wait for their chunks to be full, in bytes as the store measures them: with time zones there is a chunk for each. */
const MOST_OPEN_BYTES = 16 * 1024 * 1024;
/** Of rows that are asked of at once, in bytes as the store measures them. */
const MOST_ASKED_BYTES = 4 * 1024 * 1024;
/** Of a refusal, in UTF-16 code units. */
const LONGEST_PROBLEM = 1_000;

/**
 * Cuts an audience into chunks and jobs, reading it once and holding one chunk at a time. Planning may stop anywhere and be begun
 * again, also after it came to its end: who is in a stored chunk is left out, a stored chunk without its job gets it.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #args: readonly unknown[];
  readonly #people: People;
  readonly #now: () => number;
  /** The chunks that are not full, one for each time zone. */
  readonly #open = new OpenChunks<Row>();
  /** Rows of whom it is not known yet whether they are planned already. */
  #asked: Row[] = [];
  #askedBytes = 0;
  #refusals: Refusal[] = [];
  #hasForgotten = false;
  #row = 0;
  #chunks = 0;
  #recipients = 0;
  #duplicates = 0;
  #refused = 0;
  #turnBegan = performance.now();

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#args = options.newsletter.args.map(decode);
    this.#people = options.people ?? peopleInMemory();
    this.#now = options.now ?? Date.now;
  }

  /**
   * Resolves when the audience is read to its end; otherwise the lease is given back.
   * @throws PlanningError, or InvalidArgumentsError when the call's other arguments do not fit, whoever the recipient is
   */
  async run(audience: Audience<unknown>): Promise<void> {
    const { ledger, newsletter, planner } = this.#options;
    const lease = new PlannerLease({ ledger, newsletter: newsletter.id, planner });
    try {
      await this.#recall();
      await this.#readAll(audience, lease.lost);
    } catch (error) {
      const stop = await this.#stopOf(error, lease.lost.aborted);
      await lease.giveBack();
      throw stop;
    } finally {
      // What a store that is away keeps goes with its newsletter.
      await Promise.resolve(this.#people.forget()).catch(() => undefined);
      await lease.stop();
    }
  }

  async #readAll(audience: Audience<unknown>, lost: AbortSignal): Promise<void> {
    for await (const recipient of rowsOf(audience, lost)) {
      await this.#read(recipient);
      await this.#breathe();
    }
    await this.#meetAll();
    for (const chunk of this.#open.all) await this.#store(chunk);
    await this.#storeRefusals();
    await this.#note(true);
  }

  /** What an earlier planner left: its people, and chunks whose jobs it may not have stored. */
  async #recall(): Promise<void> {
    const { ledger, newsletter } = this.#options;
    for await (const { complete, ...chunk } of ledger.chunks(newsletter.id)) {
      await this.#adopt(chunk);
      if (chunk.number >= newsletter.totals.chunks) await this.#note(false);
      if (!complete) await this.#enqueue(chunk);
      await this.#breathe();
    }
  }

  async #adopt(chunk: Chunk): Promise<void> {
    await this.#people.remember(chunk.identities);
    this.#chunks = Math.max(this.#chunks, chunk.number + 1);
    this.#recipients += chunk.identities.length;
  }

  async #read(recipient: unknown): Promise<void> {
    this.#row += 1;
    const row = await this.#check(recipient);
    if ("problem" in row) return this.#refuse(row);
    this.#asked.push(row);
    this.#askedBytes += row.bytes;
    const isEnough = this.#asked.length >= this.#people.atOnce;
    if (isEnough || this.#askedBytes > MOST_ASKED_BYTES) await this.#meetAll();
  }

  async #meetAll(): Promise<void> {
    const rows = this.#asked;
    this.#asked = [];
    this.#askedBytes = 0;
    const meetings = await this.#people.meet(rows.map(({ identity }) => identity));
    for (const [at, row] of rows.entries()) {
      if (meetings[at] === "again") this.#duplicates += 1;
      if (meetings[at] === "new") await this.#add(row);
    }
  }

  async #add(row: Row): Promise<void> {
    const { ledger, newsletter } = this.#options;
    const chunk = this.#open.of(row.timeZone);
    if (chunk.bytes + row.bytes > ledger.maxChunkBytes) await this.#store(chunk);
    chunk.add(row);
    if (chunk.rows.length >= newsletter.chunkSize) await this.#store(chunk);
    else if (this.#open.bytes > MOST_OPEN_BYTES) await this.#store(this.#open.largest);
  }

  async #refuse(refusal: Refusal): Promise<void> {
    this.#refused += 1;
    this.#refusals.push(refusal);
    if (this.#refusals.length >= this.#options.newsletter.chunkSize) await this.#storeRefusals();
  }

  /** The recipient as the mailer's schema gives it back, or why this row cannot be one: that costs nobody else. */
  async #check(recipient: unknown): Promise<Row | Refusal> {
    const { handler, newsletter, identify, timeZoneOf } = this.#options;
    if (recipient instanceof UnfitRow) return this.#refusalOf(recipient.problem);
    try {
      const [checked] = await handler.check(newsletter.action, [recipient, ...this.#args]);
      const timeZone = timeZoneOf && checkedTimeZone(timeZoneOf(recipient));
      return this.#rowOf(encode(checked, "recipient"), checkedIdentity(identify(recipient)), timeZone);
    } catch (error) {
      if (isOfTheCall(error)) throw error;
      return this.#refusalOf(errorMessage(error));
    }
  }

  #refusalOf(why: string): Refusal {
    const problem = headline(why).toWellFormed().replaceAll("\0", "\ufffd");
    return { row: this.#row, problem: problem.slice(0, LONGEST_PROBLEM) };
  }

  /** @throws UnstorableValueError */
  #rowOf(recipient: Json, identity: string, timeZone: string | undefined): Row {
    const { ledger } = this.#options;
    const bytes = ledger.sizeOfRow(recipient, identity);
    if (bytes <= ledger.maxChunkBytes) return { recipient, identity, timeZone, bytes };
    throw new UnstorableValueError("recipient", `${bytes} bytes (at most ${ledger.maxChunkBytes})`);
  }

  /** Stores the rows read so far as a chunk, then how far the plan is, then its job, so that only planned chunks have jobs. */
  async #store(open: OpenChunk<Row>): Promise<void> {
    while (open.rows.length > 0) {
      await this.#storeRefusals();
      const chunk = this.#nextChunk(open);
      if (await this.#options.ledger.addChunk(chunk)) {
        this.#chunks += 1;
        this.#recipients += chunk.recipients.length;
        open.keep([]);
        await this.#note(false);
        await this.#enqueue(chunk);
      } else await this.#absorb(chunk.id);
    }
  }

  #nextChunk({ rows, timeZone }: OpenChunk<Row>): Chunk {
    const { id } = this.#options.newsletter;
    return {
      id: chunkId(id, this.#chunks),
      newsletter: id,
      number: this.#chunks,
      recipients: rows.map(({ recipient }) => recipient),
      identities: rows.map(({ identity }) => identity),
      ...(timeZone !== undefined && { timeZone }),
    };
  }

  /** A planner that lost its lease stored a chunk of this number: its people are planned, ours go into the next. */
  async #absorb(id: string): Promise<void> {
    const theirs = await this.#options.ledger.chunk(id);
    if (theirs === undefined)
      throw new Error(`the store refused the recipients of ${id}, and does not have them`);
    await this.#adopt(theirs);
    const people = new Set(theirs.identities);
    for (const open of this.#open.all) open.keep(open.rows.filter(({ identity }) => !people.has(identity)));
    await this.#note(false);
    await this.#enqueue(theirs);
  }

  async #enqueue({ id, timeZone }: Chunk): Promise<void> {
    const { jobs, ledger, newsletter } = this.#options;
    const isWaiting = newsletter.state === "waiting";
    await jobs.insert([chunkJob(newsletter, id, isWaiting ? WHEN_WOKEN : this.#firstTurn(timeZone))]);
    // Who started it meanwhile could wake only the jobs that were there.
    if (isWaiting && (await ledger.find(newsletter.id))?.state === "running")
      await jobs.wakeGroup(newsletter.id);
  }

  #firstTurn(timeZone: string | undefined): Date | undefined {
    const turn = turnAt(this.#options.newsletter.timing, timeZone, this.#now());
    return turn.kind === "later" ? new Date(turn.from) : undefined;
  }

  /** What an earlier reading of the audience refused is forgotten with the first that this one does. */
  async #storeRefusals(): Promise<void> {
    const { ledger, newsletter } = this.#options;
    if (!this.#hasForgotten) await ledger.clearRefusals(newsletter.id);
    this.#hasForgotten = true;
    if (this.#refusals.length === 0) return;
    await ledger.addRefusals(newsletter.id, this.#refusals);
    this.#refusals = [];
  }

  async #note(planned: boolean): Promise<void> {
    const { ledger, newsletter, planner } = this.#options;
    const totals = {
      chunks: this.#chunks,
      recipients: this.#recipients,
      duplicates: this.#duplicates,
      refused: this.#refused,
    };
    if (!(await ledger.plan(newsletter.id, planner, { ...totals, planned }))) throw new LostLease();
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#turnBegan < LONGEST_TURN_MS) return;
    await nextTurn();
    this.#turnBegan = performance.now();
  }

  async #stopOf(error: unknown, isLost: boolean): Promise<PlanningError | InvalidArgumentsError> {
    const { key } = this.#options.newsletter;
    if (isOfTheCall(error)) return error;
    if (!isLost && !(error instanceof LostLease)) return failed(key, this.#row, error);
    const record = await this.#options.ledger.find(this.#options.newsletter.id).catch(() => undefined);
    return record?.state === "cancelled" ? cancelled(key) : takenOver(key);
  }
}

class LostLease extends Error {}

/** Whether the arguments after the recipient are wrong: no row would fit, and refusing them all would look like an empty audience. */
function isOfTheCall(error: unknown): error is InvalidArgumentsError {
  return (
    error instanceof InvalidArgumentsError && error.problems.some((problem) => /^args\[[1-9]/.test(problem))
  );
}

function failed(key: string, rows: number, cause: unknown): PlanningError {
  const why = `${errorMessage(cause)} (after ${rows} rows). Who is planned gets the mail; plan it again with the key "${key}" to go on`;
  return new PlanningError(key, { reason: "failed", why, cause });
}

function takenOver(key: string): PlanningError {
  const why = "this process was silent for too long, and another took the planning over and goes on with it";
  return new PlanningError(key, { reason: "taken-over", why });
}

export function cancelled(key: string): PlanningError {
  return new PlanningError(key, {
    reason: "cancelled",
    why: "it was cancelled, which is for good; send it under another key",
  });
}
