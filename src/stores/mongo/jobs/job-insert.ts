import type { ClientSession, mongo } from "mongoose";
import { StoreError } from "../../../errors/errors.ts";
import type { NewJob } from "../../../jobs/job-record.ts";
import { type Inserted, newRecord } from "../../../jobs/job-store.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import { duplicatesIn } from "../connection.ts";
import type { ServerClock } from "../server-clock.ts";
import { type JobDocument, toDocument, toRecord } from "./job-document.ts";

type Jobs = mongo.Collection<JobDocument>;

export interface JobInsertOptions {
  readonly jobs: Jobs;
  readonly clock: ServerClock;
  readonly ids: ObjectIds;
}

/** How often a job is inserted whose key was held when it was refused, and free when the holder was looked for. */
const TRIES = 5;

interface Answering {
  readonly inserted: ReadonlySet<JobDocument>;
  readonly holders: ReadonlyMap<string, JobDocument>;
  /** Absent when it was tried often enough. */
  readonly job: NewJob | undefined;
  readonly again: (job: NewJob) => Promise<readonly Inserted[]>;
}

/** Inserts jobs; of those with a unique key only where no live job has it. */
export class JobInsert {
  readonly #jobs: Jobs;
  readonly #clock: ServerClock;
  readonly #ids: ObjectIds;

  constructor({ jobs, clock, ids }: JobInsertOptions) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#ids = ids;
  }

  async run(jobs: readonly NewJob[], session?: ClientSession, tries = TRIES): Promise<readonly Inserted[]> {
    const now = this.#clock.now();
    const documents = jobs.map((job) => toDocument(job, now, this.#ids));
    const winners = firstOfEachKey(documents);
    // A duplicate key inside the caller's transaction would abort it, so it is looked for first.
    const known = session ? await this.#holders(winners, session) : new Map<string, JobDocument>();
    const wanted = winners.filter(({ liveKey }) => liveKey === undefined || !known.has(liveKey));
    const refused = new Set(await this.#insert(wanted, session));
    // Nearly always: nothing was in the way of any of them.
    if (refused.size === 0 && wanted.length === jobs.length)
      return jobs.map((job) => ({ record: newRecord(job, now), inserted: true }));
    const inserted = new Set(wanted.filter((document) => !refused.has(document)));
    const holders = new Map([
      ...known,
      ...(await this.#holders([...refused], session)),
      ...byKey([...inserted]),
    ]);
    const again = (job: NewJob) => this.run([job], session, tries - 1);
    return Promise.all(
      documents.map((document, index) =>
        this.#answer(document, { inserted, holders, job: tries > 1 ? jobs[index] : undefined, again }),
      ),
    );
  }

  /** A holder that ended between the refusal and the look has freed the key: the job is inserted after all. */
  async #answer(document: JobDocument, { inserted, holders, job, again }: Answering): Promise<Inserted> {
    if (inserted.has(document)) return { record: toRecord(document), inserted: true };
    const holder = holders.get(document.liveKey ?? "");
    if (holder) return { record: toRecord(holder), inserted: false };
    const [answer] = job && document.liveKey !== undefined ? await again(job) : [];
    if (answer) return answer;
    throw new StoreError(`MongoDB has a job with the id ${document._id.toHexString()} already.`);
  }

  /** Who has the keys. A done job that held one long enough gives it back here. */
  async #holders(
    documents: readonly JobDocument[],
    session?: ClientSession,
  ): Promise<Map<string, JobDocument>> {
    const keys = documents.flatMap(({ liveKey }) => liveKey ?? []);
    if (keys.length === 0) return new Map();
    const options = session ? { session } : {};
    const holders = await this.#jobs.find({ liveKey: { $in: keys } }, options).toArray();
    const now = this.#clock.now();
    const over = holders.filter(({ keyUntil }) => keyUntil && keyUntil <= now);
    if (over.length > 0) {
      const done = { _id: { $in: over.map(({ _id }) => _id) }, state: "done" as const };
      await this.#jobs.updateMany(done, { $unset: { liveKey: "" } }, options);
    }
    return byKey(holders.filter((holder) => !over.includes(holder)));
  }

  /** @returns those that a unique key refused */
  async #insert(documents: readonly JobDocument[], session?: ClientSession): Promise<readonly JobDocument[]> {
    if (documents.length === 0) return [];
    try {
      await this.#jobs.insertMany([...documents], { ordered: false, ...(session && { session }) });
      return [];
    } catch (error) {
      const refused = session ? undefined : duplicatesIn(error);
      if (refused === undefined) throw error;
      return refused.flatMap((index) => documents[index] ?? []);
    }
  }
}

/** Of several jobs with one key in a batch, the first is the one. */
function firstOfEachKey(documents: readonly JobDocument[]): readonly JobDocument[] {
  const seen = new Set<string>();
  return documents.filter(({ liveKey }) => {
    if (liveKey === undefined) return true;
    if (seen.has(liveKey)) return false;
    seen.add(liveKey);
    return true;
  });
}

function byKey(documents: readonly JobDocument[]): Map<string, JobDocument> {
  return new Map(
    documents.flatMap((document) => (document.liveKey === undefined ? [] : [[document.liveKey, document]])),
  );
}
