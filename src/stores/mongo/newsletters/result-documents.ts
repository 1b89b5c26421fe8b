import type { mongo } from "mongoose";
import { newObjectId } from "../../../jobs/object-id.ts";
import type { PackedAnswers } from "../../../newsletters/answers/answer-log.ts";
import type {
  Answered,
  Chunk,
  ChunkProgress,
  ChunkResults,
  Taken,
} from "../../../newsletters/newsletter-store.ts";
import {
  countOutcomes,
  NO_COUNTS,
  type OutcomeCounts,
  REPORTED_OUTCOMES,
  type ReportedOutcome,
  reopened,
} from "../../../newsletters/outcome.ts";
import { storeErrors } from "../connection.ts";
import type { ServerClock } from "../server-clock.ts";
import type { NewsletterCollections } from "./collections.ts";
import { bytesOf } from "./newsletter-documents.ts";

/** What the senders of chunks write: what became of every recipient, and what was answered. */
export class ResultDocuments {
  readonly #collections: NewsletterCollections;
  readonly #clock: ServerClock;
  /** Of the application's own copy of mongoose. */
  readonly #driver: typeof mongo;

  constructor(collections: NewsletterCollections, clock: ServerClock, driver: typeof mongo) {
    this.#collections = collections;
    this.#clock = clock;
    this.#driver = driver;
  }

  async take({ id, newsletter, recipients }: Chunk, token: string): Promise<Taken> {
    const outcomes = new Uint8Array(recipients.length);
    const binary = new this.#driver.Binary(outcomes);
    const fresh = { newsletter, outcomes: binary, counts: NO_COUNTS, complete: false };
    const before = await storeErrors(() =>
      this.#collections.states.findOneAndUpdate(
        { _id: id },
        { $set: { token }, $setOnInsert: fresh },
        { upsert: true, returnDocument: "before" },
      ),
    );
    return before ? { outcomes: bytesOf(before.outcomes), previous: before.token } : { outcomes };
  }

  async record(
    chunk: string,
    token: string,
    { outcomes, answers, complete }: ChunkProgress,
  ): Promise<boolean> {
    const counts = countOutcomes(outcomes);
    const set = { outcomes: new this.#driver.Binary(outcomes), counts, complete };
    const { matchedCount } = await storeErrors(() =>
      this.#collections.states.updateOne({ _id: chunk, token }, { $set: set }),
    );
    if (matchedCount === 0) return false;
    if (answers && answers.count > 0) await this.#addAnswers(chunk, answers);
    return true;
  }

  /** Only in the state that was read, whose token goes with the reopening: a second one finds nothing. */
  async reopen(chunk: string, outcomes: readonly ReportedOutcome[]): Promise<number> {
    const { states } = this.#collections;
    const state = await storeErrors(() => states.findOne({ _id: chunk, complete: true }));
    const { bytes, count } = reopened(bytesOf(state?.outcomes), outcomes);
    if (state === null || count === 0) return 0;
    const set = {
      outcomes: new this.#driver.Binary(bytes),
      counts: countOutcomes(bytes),
      complete: false,
      token: "",
    };
    const read = { _id: chunk, complete: true, token: state.token };
    const { matchedCount } = await storeErrors(() => states.updateOne(read, { $set: set }));
    return matchedCount > 0 ? count : 0;
  }

  async results(chunk: string): Promise<ChunkResults> {
    const { states, answers } = this.#collections;
    const ofChunk = answers.find({ _id: { $gte: `${chunk}:`, $lt: `${chunk};` } }).sort({ _id: 1 });
    const [state, found] = await storeErrors(() =>
      Promise.all([states.findOne({ _id: chunk }), ofChunk.toArray()]),
    );
    return { outcomes: bytesOf(state?.outcomes), answers: found.map((each) => bytesOf(each.answers)) };
  }

  async answeredWithin(newsletter: string, ms: number): Promise<Answered> {
    const now = this.#clock.now();
    const at = { $gt: new Date(now.getTime() - ms) };
    const pipeline = [
      { $match: { newsletter, at } },
      { $group: { _id: null, count: { $sum: "$count" }, first: { $min: "$at" } } },
    ];
    const sum = () => this.#collections.answers.aggregate<{ count: number; first: Date }>(pipeline).toArray();
    const { count, first } = (await storeErrors(sum))[0] ?? { count: 0, first: now };
    return { count, ms: now.getTime() - first.getTime() };
  }

  async counts(newsletter: string): Promise<OutcomeCounts> {
    const sums = Object.fromEntries(
      REPORTED_OUTCOMES.map((outcome) => [outcome, { $sum: `$counts.${outcome}` }]),
    );
    const pipeline = [
      { $match: { newsletter } },
      { $group: { _id: null, ...sums } },
      { $project: { _id: 0 } },
    ];
    const sum = () => this.#collections.states.aggregate<OutcomeCounts>(pipeline).toArray();
    return (await storeErrors(sum))[0] ?? NO_COUNTS;
  }

  countComplete(newsletter: string): Promise<number> {
    return storeErrors(() => this.#collections.states.countDocuments({ newsletter, complete: true }));
  }

  async #addAnswers(chunk: string, { bytes, count }: PackedAnswers): Promise<void> {
    const document = {
      _id: `${chunk}:${newObjectId()}`,
      newsletter: chunk.slice(0, chunk.lastIndexOf(":")),
      at: this.#clock.now(),
      count,
      answers: new this.#driver.Binary(bytes),
    };
    await storeErrors(() => this.#collections.answers.insertOne(document));
  }
}
