import type { Audience } from "../broadcasting.ts";
import { messageOf } from "../message-of.ts";
import type { Performable } from "../performable.ts";
import type { JobStore } from "../queue/store.ts";
import { decode, encode } from "../queue/stored-value.ts";
import { chunkJob } from "./chunk-job.ts";
import { FingerprintSet } from "./fingerprint-set.ts";
import {
  type BroadcastLedger,
  type BroadcastRecord,
  type Chunk,
  chunkId,
  type PlannerClaim,
  type Refusal,
} from "./ledger.ts";

export interface PlannerOptions {
  readonly ledger: BroadcastLedger;
  readonly jobs: Pick<JobStore, "insert">;
  readonly performable: Performable;
  readonly broadcast: BroadcastRecord;
  readonly planner: PlannerClaim;
  readonly identify: (row: unknown) => string;
}

interface Row {
  readonly recipient: unknown;
  readonly identity: string;
}

/**
 * Turns an audience into chunks and jobs, reading it once and holding one chunk at a time. Planning may stop anywhere and be begun
 * again: who is in a stored chunk is left out, a stored chunk without its job gets it.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #args: readonly unknown[];
  /** Everybody this run has met. */
  readonly #seen = new FingerprintSet();
  /** Everybody who is in a chunk that another run stored. */
  readonly #planned = new FingerprintSet();
  #rows: Row[] = [];
  #refusals: Refusal[] = [];
  #row = 0;
  #chunks = 0;
  #recipients = 0;
  #duplicates = 0;
  #refused = 0;

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#args = options.broadcast.args.map(decode);
  }

  /** @returns false when another planner took over meanwhile, or the send-out was cancelled */
  async run(audience: Audience<unknown>): Promise<boolean> {
    await this.#recall();
    for await (const recipient of audience) {
      await this.#read(recipient);
      if (this.#rows.length < this.#options.broadcast.chunkSize) continue;
      if (!(await this.#store())) return false;
    }
    if (!(await this.#store())) return false;
    return this.#note(true);
  }

  /** What an earlier planner left: its people, and chunks whose jobs it may not have stored. */
  async #recall(): Promise<void> {
    const { ledger, broadcast } = this.#options;
    for await (const { complete, ...chunk } of ledger.chunks(broadcast.id)) {
      this.#adopt(chunk);
      if (!complete) await this.#enqueue(chunk.id);
    }
  }

  #adopt(chunk: Chunk): void {
    for (const identity of chunk.identities) this.#planned.add(identity);
    this.#chunks = Math.max(this.#chunks, chunk.number + 1);
    this.#recipients += chunk.identities.length;
  }

  async #read(recipient: unknown): Promise<void> {
    this.#row += 1;
    try {
      const row = await this.#check(recipient);
      if (!this.#seen.add(row.identity)) this.#duplicates += 1;
      else if (!this.#planned.has(row.identity)) this.#rows.push(row);
    } catch (error) {
      this.#refused += 1;
      this.#refusals.push({
        row: this.#row,
        problem: messageOf(error),
      });
      if (this.#refusals.length >= this.#options.broadcast.chunkSize) await this.#storeRefusals();
    }
  }

  /** The recipient as the mailer's schema gives it back. @throws InvalidArgumentsError | UnstorableValueError */
  async #check(recipient: unknown): Promise<Row> {
    const { performable, broadcast, identify } = this.#options;
    const [checked] = await performable.check(broadcast.action, [recipient, ...this.#args]);
    encode(checked, "recipient");
    return { recipient: checked, identity: identify(recipient) };
  }

  /** Stores the rows read so far as a chunk, then its job, then how far the plan is. */
  async #store(): Promise<boolean> {
    await this.#storeRefusals();
    const { ledger, broadcast } = this.#options;
    while (this.#rows.length > 0) {
      const chunk = this.#nextChunk();
      if (await ledger.addChunk(chunk)) {
        await this.#enqueue(chunk.id);
        this.#chunks += 1;
        this.#recipients += chunk.recipients.length;
        this.#rows = [];
      } else await this.#absorb(broadcast.id, chunk.number);
      if (!(await this.#note(false))) return false;
    }
    return true;
  }

  #nextChunk(): Chunk {
    const { id } = this.#options.broadcast;
    return {
      id: chunkId(id, this.#chunks),
      broadcast: id,
      number: this.#chunks,
      recipients: this.#rows.map(({ recipient }) => encode(recipient, "recipient")),
      identities: this.#rows.map(({ identity }) => identity),
    };
  }

  /** Another planner stored a chunk of this number: its people are planned, ours go into the next. */
  async #absorb(broadcast: string, number: number): Promise<void> {
    const theirs = await this.#options.ledger.chunk(chunkId(broadcast, number));
    if (theirs === undefined) return;
    this.#adopt(theirs);
    this.#rows = this.#rows.filter(({ identity }) => !this.#planned.has(identity));
  }

  async #enqueue(id: string): Promise<void> {
    await this.#options.jobs.insert([chunkJob(this.#options.broadcast, id)]);
  }

  async #storeRefusals(): Promise<void> {
    if (this.#refusals.length === 0) return;
    await this.#options.ledger.addRefusals(this.#options.broadcast.id, this.#refusals);
    this.#refusals = [];
  }

  #note(planned: boolean): Promise<boolean> {
    const { ledger, broadcast, planner } = this.#options;
    const totals = {
      chunks: this.#chunks,
      recipients: this.#recipients,
      duplicates: this.#duplicates,
      refused: this.#refused,
    };
    return ledger.plan(broadcast.id, planner, { ...totals, planned });
  }
}
