import type { mongo } from "mongoose";
import { cutError } from "../../../jobs/describe-error.ts";
import { type AttemptError, type JobRecord, KEPT_ERRORS } from "../../../jobs/job-record.ts";
import {
  type AttemptNote,
  type Lease,
  MAX_CRASHES,
  type Reaped,
  type Settlement,
} from "../../../jobs/job-store.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import { indexed } from "../indexes.ts";
import type { ServerClock } from "../server-clock.ts";
import { type JobDocument, toRecord, UNLOCK } from "./job-document.ts";

type Jobs = mongo.Collection<JobDocument>;
type Write = mongo.AnyBulkWriteOperation<JobDocument>;

export interface JobSettleOptions {
  readonly jobs: Jobs;
  readonly clock: ServerClock;
  readonly ids: ObjectIds;
  /** How long done jobs are kept, in ms; 0 deletes them at once. */
  readonly retention: number;
}

/** Leases are freed this long after they ran out, in ms: a new primary's clock may be that much ahead. */
const REAP_MARGIN_MS = 1_000;

/** A job with a limit of its own for lost leases has no other, and such attempts are given back. */
const HAS_OWN_LIMIT = { $ne: [{ $type: "$maxCrashes" }, "missing"] };
const NO_TRY_LEFT = {
  $cond: [
    HAS_OWN_LIMIT,
    { $gte: [{ $add: ["$crashes", 1] }, "$maxCrashes"] },
    { $or: [{ $gte: ["$attempts", "$maxAttempts"] }, { $gte: ["$crashes", MAX_CRASHES - 1] }] },
  ],
};

/** How attempts end; nothing is written unless the document still carries the claim's token. */
export class JobSettle {
  readonly #jobs: Jobs;
  readonly #clock: ServerClock;
  readonly #ids: ObjectIds;
  readonly #retention: number;

  constructor({ jobs, clock, ids, retention }: JobSettleOptions) {
    this.#jobs = jobs;
    this.#clock = clock;
    this.#ids = ids;
    this.#retention = retention;
  }

  /** One unordered write for all. @returns the leases that were lost */
  async settle(settlements: readonly Settlement[]): Promise<readonly Lease[]> {
    if (settlements.length === 0) return [];
    const now = this.#clock.now();
    const deletable = settlements.filter((settlement) => this.#isDeletion(settlement));
    const others = settlements.filter((settlement) => !this.#isDeletion(settlement));
    const writes = [
      ...deletesOf(deletable, this.#ids),
      ...others.map((settlement) => this.#writeOf(settlement, now)),
    ];
    const { deletedCount, matchedCount } = await this.#jobs.bulkWrite(writes, { ordered: false });
    return deletedCount + matchedCount === settlements.length ? [] : this.#lost(settlements, deletedCount);
  }

  /** @returns the leases that were lost */
  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    const lockedUntil = { $dateAdd: { startDate: "$$NOW", unit: "millisecond", amount: leaseMs } };
    const { matchedCount } = await this.#jobs.updateMany(heldBy(leases, this.#ids), [
      { $set: { lockedUntil } },
    ]);
    return matchedCount === leases.length ? [] : this.lost(leases);
  }

  /** @returns the leases that were lost */
  async lost(leases: readonly Lease[]): Promise<readonly Lease[]> {
    const held = await this.#jobs
      .find(heldBy(leases, this.#ids))
      .project<JobLock>({ lockToken: 1 })
      .toArray();
    const tokens = new Map(held.map(({ _id, lockToken }) => [_id.toHexString(), lockToken]));
    return leases.filter(({ id, token }) => tokens.get(id) !== token).map(toLease);
  }

  /** @returns false when the lease was lost */
  async forgive(lease: Lease): Promise<boolean> {
    const attempts = { $subtract: ["$attempts", { $cond: [HAS_OWN_LIMIT, 0, "$crashes"] }] };
    const { matchedCount } = await this.#jobs.updateOne(heldBy([lease], this.#ids), [
      { $set: { attempts, crashes: 0 } },
    ]);
    return matchedCount > 0;
  }

  /** @returns false when the lease was lost */
  async note(lease: Lease, { progress, checkpoint }: AttemptNote): Promise<boolean> {
    const $set = {
      ...(progress && { progress: { ...progress, at: this.#clock.now() } }),
      ...(checkpoint !== undefined && { checkpoint }),
    };
    return (await this.#jobs.updateOne(heldBy([lease], this.#ids), { $set })).matchedCount > 0;
  }

  /** Guarded updates: what has no try left is failed one by one, the rest is made ready. */
  async reap(workerId?: string): Promise<Reaped> {
    const before = new Date(this.#clock.now().getTime() - REAP_MARGIN_MS);
    const gone = workerId === undefined ? { lockedUntil: { $lt: before } } : { lockedBy: workerId };
    const expired = indexed({ state: "leased" as const, ...gone });
    // Nearly always there is none, and then this is all it costs.
    if ((await this.#jobs.findOne(expired, { projection: { _id: 1 } })) === null)
      return { failed: [], freed: 0 };
    const lastError = {
      $concat: [
        "The worker ",
        "$lockedBy",
        " went away while it held the job (attempt ",
        { $toString: "$attempts" },
        ").",
      ],
    };
    const wentAway = { attempt: "$attempts", at: "$$NOW", error: lastError };
    const attemptErrors = {
      $slice: [{ $concatArrays: [{ $ifNull: ["$attemptErrors", []] }, [wentAway]] }, -KEPT_ERRORS],
    };
    const crashed = { crashes: { $add: ["$crashes", 1] }, lastError, attemptErrors };
    const unset = { $unset: Object.keys(UNLOCK) };
    const crash = [
      { $set: { ...crashed, state: "failed", failReason: "crashed", failedAt: "$$NOW" } },
      { $unset: [...Object.keys(UNLOCK), "liveKey"] },
    ];
    const failed: JobRecord[] = [];
    try {
      for (let job = await this.#failOne({ ...expired, $expr: NO_TRY_LEFT }, crash); job; ) {
        failed.push(toRecord(job));
        job = await this.#failOne({ ...expired, $expr: NO_TRY_LEFT }, crash);
      }
      const attempts = { $subtract: ["$attempts", { $cond: [HAS_OWN_LIMIT, 1, 0] }] };
      const ready = { ...crashed, attempts, state: "ready" };
      const freed = await this.#jobs.updateMany(expired, [{ $set: ready }, unset]);
      return { failed, freed: freed.modifiedCount };
    } catch (error) {
      // Nobody else will tell of jobs that were failed here; the rest is for the next time.
      if (failed.length === 0) throw error;
      return { failed, freed: 0 };
    }
  }

  #failOne(filter: mongo.Filter<JobDocument>, crash: mongo.Document[]): Promise<JobDocument | null> {
    return this.#jobs.findOneAndUpdate(filter, crash, { returnDocument: "after" });
  }

  /** Whether the ending leaves nothing of the job. */
  #isDeletion(settlement: Settlement): boolean {
    if (settlement.kind === "fail") return settlement.keep === false;
    if (settlement.kind !== "done" || this.#retention > 0) return false;
    return settlement.holdKeyMs === undefined && settlement.keepMs === undefined;
  }

  #writeOf(settlement: Settlement, now: Date): Write {
    const { id, token } = settlement;
    const filter = { _id: this.#ids.of(id), lockToken: token };
    return { updateOne: { filter, update: this.#updateOf(settlement, now) } };
  }

  #updateOf(settlement: Settlement, now: Date): mongo.UpdateFilter<JobDocument> {
    const settledBy = settlement.token;
    switch (settlement.kind) {
      case "done": {
        const { holdKeyMs, keepMs = 0, result, error } = settlement;
        const purgeAt = new Date(now.getTime() + Math.max(this.#retention, holdKeyMs ?? 0, keepMs));
        const kept = {
          ...(result !== undefined && { result }),
          ...(error !== undefined && { lastError: error }),
        };
        const done = { state: "done" as const, finishedAt: now, purgeAt, settledBy, ...kept };
        if (holdKeyMs === undefined) return { $set: done, $unset: { ...UNLOCK, liveKey: "" } };
        return { $set: { ...done, keyUntil: new Date(now.getTime() + holdKeyMs) }, $unset: UNLOCK };
      }
      case "retry": {
        const { runAt, error, counted, checkpoint } = settlement;
        return {
          $set: {
            state: "ready",
            runAt,
            lastError: error,
            settledBy,
            ...(checkpoint !== undefined && { checkpoint }),
          },
          ...(counted ? pushed(settlement, now) : { $inc: { attempts: -1 } }),
          $unset: UNLOCK,
        };
      }
      case "fail": {
        const { error, reason } = settlement;
        const set = {
          state: "failed",
          lastError: error,
          failReason: reason,
          failedAt: now,
          settledBy,
        } as const;
        return { $set: set, ...pushed(settlement, now), $unset: { ...UNLOCK, liveKey: "" } };
      }
      case "release":
        return { $set: { state: "ready", settledBy }, $inc: { attempts: -1 }, $unset: UNLOCK };
    }
  }

  /**
   * Which of them were lost, by what stands there now. Of jobs that are gone nobody can tell who deleted them: when fewer were deleted
   * here than are gone, all of those count as lost, so that no job is ever reported as done by two workers.
   */
  async #lost(settlements: readonly Settlement[], deletedCount: number): Promise<readonly Lease[]> {
    const ids = settlements.flatMap(({ id }) => this.#ids.parse(id) ?? []);
    const there = await this.#jobs
      .find({ _id: { $in: ids } })
      .project<JobMark>({ settledBy: 1 })
      .toArray();
    const byId = new Map(there.map((job) => [job._id.toHexString(), job]));
    const gone = settlements.filter((settlement) => this.#isDeletion(settlement) && !byId.has(settlement.id));
    const isOurs = gone.length === deletedCount;
    return settlements
      .filter((settlement) => {
        const job = byId.get(settlement.id);
        if (!this.#isDeletion(settlement)) return job?.settledBy !== settlement.token;
        return job !== undefined || !isOurs;
      })
      .map(toLease);
  }
}

type JobLock = Pick<JobDocument, "_id" | "lockToken">;
type JobMark = Pick<JobDocument, "_id" | "settledBy">;

/** Deletions of one claim's jobs share a filter, so a batch of done jobs is a handful of writes. */
function deletesOf(settlements: readonly Settlement[], ids: ObjectIds): Write[] {
  const tokens = [...new Set(settlements.map(({ token }) => token))];
  return tokens.map((lockToken) => {
    const _ids = settlements
      .filter(({ token }) => token === lockToken)
      .flatMap(({ id }) => ids.parse(id) ?? []);
    return { deleteMany: { filter: { _id: { $in: _ids }, lockToken } } };
  });
}

/** One error more, and the oldest no more where there are too many. */
function pushed(
  { error, attempt }: { readonly error: string; readonly attempt?: number },
  at: Date,
): Pick<mongo.UpdateFilter<JobDocument>, "$push"> {
  const kept: AttemptError = { ...(attempt !== undefined && { attempt }), at, error: cutError(error) };
  return { $push: { attemptErrors: { $each: [kept], $slice: -KEPT_ERRORS } } };
}

function heldBy(leases: readonly Lease[], objectIds: ObjectIds): mongo.Filter<JobDocument> {
  return {
    _id: { $in: leases.flatMap(({ id }) => objectIds.parse(id) ?? []) },
    lockToken: { $in: [...new Set(leases.map(({ token }) => token))] },
    state: "leased",
  };
}

function toLease({ id, token }: Lease): Lease {
  return { id, token };
}
