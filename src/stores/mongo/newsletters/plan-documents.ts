import type { mongo } from "mongoose";
import {
  type Begun,
  type Chunk,
  chunkId,
  firstState,
  type NewNewsletter,
  type PlannerClaim,
  type PlanTotals,
  type Refusal,
} from "../../../newsletters/newsletter-store.ts";
import { insertOnce, storeErrors } from "../connection.ts";
import type { ServerClock } from "../server-clock.ts";
import type { NewsletterCollections } from "./collections.ts";
import {
  type ChunkStateDocument,
  type NewsletterDocument,
  toChunk,
  toNewsletter,
} from "./newsletter-documents.ts";

/** What a planner writes: the newsletter, its chunks, and the rows that were left out. */
export class PlanDocuments {
  readonly #collections: NewsletterCollections;
  readonly #clock: ServerClock;

  constructor(collections: NewsletterCollections, clock: ServerClock) {
    this.#collections = collections;
    this.#clock = clock;
  }

  async begin({ id, ...newsletter }: NewNewsletter, planner: PlannerClaim): Promise<Begun> {
    const { newsletters } = this.#collections;
    const { key } = newsletter;
    const now = this.#clock.now();
    const created = {
      _id: id,
      ...newsletter,
      state: firstState(newsletter.start),
      planned: false,
      totals: NO_TOTALS,
      createdAt: now,
    };
    await storeErrors(() => insertOnce(newsletters, created));
    const free = [{ planner: { $exists: false } }, { "planner.until": { $lt: now } }];
    const lease = { token: planner.token, since: now, until: this.#leaseEnd(planner) };
    await storeErrors(() =>
      newsletters.updateOne({ key, state: { $ne: "cancelled" }, $or: free }, { $set: { planner: lease } }),
    );
    const found = await storeErrors(() => newsletters.findOne({ key }));
    if (found === null) throw new Error("MongoDB did not keep a newsletter.");
    const record = toNewsletter(found);
    if (found.planner?.token === planner.token) return { record, turn: "mine" };
    if (found.state === "cancelled") return { record, turn: "cancelled" };
    return { record, turn: "taken", since: found.planner?.since ?? now };
  }

  async renew(id: string, planner: PlannerClaim): Promise<boolean> {
    const set = { "planner.until": this.#leaseEnd(planner) };
    return this.#update(ownedBy(id, planner.token), { $set: set });
  }

  async release(id: string, token: string): Promise<void> {
    await this.#update({ _id: id, "planner.token": token }, { $unset: { planner: "" } });
  }

  async isBeingPlanned(id: string): Promise<boolean> {
    const filter = { _id: id, planned: false, "planner.until": { $gte: this.#clock.now() } };
    const count = () => this.#collections.newsletters.countDocuments(filter, { limit: 1 });
    return (await storeErrors(count)) > 0;
  }

  async plan(
    id: string,
    planner: PlannerClaim,
    { planned, ...totals }: PlanTotals & { planned: boolean },
  ): Promise<boolean> {
    const write = planned
      ? { $set: { planned, totals }, $unset: { planner: "" as const } }
      : [
          {
            $set: {
              planned,
              totals,
              "planner.until": this.#leaseEnd(planner),
              state: { $cond: [{ $eq: ["$state", "finished"] }, "running", "$state"] },
            },
          },
          { $unset: "finishedAt" },
        ];
    return this.#update(ownedBy(id, planner.token), write);
  }

  async addChunk({ id, ...chunk }: Chunk): Promise<boolean> {
    return storeErrors(() => insertOnce(this.#collections.chunks, { _id: id, ...chunk }));
  }

  async chunk(id: string): Promise<Chunk | undefined> {
    const found = await storeErrors(() => this.#collections.chunks.findOne({ _id: id }));
    return found ? toChunk(found) : undefined;
  }

  async *chunks(newsletter: string): AsyncGenerator<Chunk & { complete: boolean }> {
    const { chunks, states } = this.#collections;
    for await (const found of chunks.find({ newsletter }).sort({ number: 1 }).batchSize(10)) {
      const state = await states.findOne({ _id: found._id }, { projection: { complete: 1 } });
      yield { ...toChunk(found), complete: state?.complete === true };
    }
  }

  /** All chunks of the newsletter are looked through, by the server. */
  async chunksWith(newsletter: string, identity: string): Promise<readonly Chunk[]> {
    const found = this.#collections.chunks.find({ newsletter, identities: identity }).sort({ number: 1 });
    return (await storeErrors(() => found.toArray())).map(toChunk);
  }

  async rewriteChunk(
    { id, identities }: Chunk,
    after: Pick<Chunk, "recipients" | "identities">,
  ): Promise<boolean> {
    const { recipients, identities: others } = after;
    const set = { $set: { recipients, identities: others } };
    const write = () => this.#collections.chunks.updateOne({ _id: id, identities: [...identities] }, set);
    return (await storeErrors(write)).matchedCount > 0;
  }

  /** How many chunks `plan` has counted. */
  async countPlanned(newsletter: string): Promise<number> {
    const found = await storeErrors(() =>
      this.#collections.newsletters.findOne({ _id: newsletter }, { projection: { totals: 1 } }),
    );
    return found?.totals.chunks ?? 0;
  }

  async incomplete(newsletter: string): Promise<readonly string[]> {
    const planned = await this.countPlanned(newsletter);
    const numbers = this.#collections.chunks
      .find({ newsletter, number: { $lt: planned } })
      .project<{ number: number }>({ _id: 0, number: 1 })
      .sort({ number: 1 });
    const complete = this.#collections.states
      .find({ newsletter, complete: true })
      .project<Pick<ChunkStateDocument, "_id">>({ _id: 1 });
    const [chunks, states] = await storeErrors(() => Promise.all([numbers.toArray(), complete.toArray()]));
    const done = new Set(states.map(({ _id }) => _id));
    return chunks.map(({ number }) => chunkId(newsletter, number)).filter((chunk) => !done.has(chunk));
  }

  async addRefusals(newsletter: string, refusals: readonly Refusal[]): Promise<void> {
    const writes = refusals.map((refusal) => {
      const _id = `${newsletter}:${refusal.row}`;
      return { replaceOne: { filter: { _id }, replacement: { newsletter, ...refusal }, upsert: true } };
    });
    const write = () => this.#collections.refusals.bulkWrite(writes, { ordered: false });
    if (writes.length > 0) await storeErrors(write);
  }

  async clearRefusals(newsletter: string): Promise<void> {
    await storeErrors(() => this.#collections.refusals.deleteMany({ newsletter }));
  }

  async *refusals(newsletter: string): AsyncGenerator<Refusal> {
    for await (const { row, problem } of this.#collections.refusals.find({ newsletter }).sort({ row: 1 }))
      yield { row, problem };
  }

  /** @returns whether there was one that fits */
  async #update(
    filter: mongo.Filter<NewsletterDocument>,
    update: mongo.UpdateFilter<NewsletterDocument> | mongo.Document[],
  ): Promise<boolean> {
    const { newsletters } = this.#collections;
    return (await storeErrors(() => newsletters.updateOne(filter, update))).matchedCount > 0;
  }

  #leaseEnd({ leaseMs }: PlannerClaim): Date {
    return new Date(this.#clock.now().getTime() + leaseMs);
  }
}

const NO_TOTALS: PlanTotals = { chunks: 0, recipients: 0, duplicates: 0, refused: 0 };

/** A newsletter, as long as this is its planner and nobody cancelled it. */
function ownedBy(id: string, token: string): mongo.Filter<NewsletterDocument> {
  return { _id: id, "planner.token": token, state: { $ne: "cancelled" } };
}
