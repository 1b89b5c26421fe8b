import type { mongo } from "mongoose";
import { PARKED } from "../../../jobs/batch.ts";
import type { OneClaim } from "../../../jobs/job-store.ts";
import type { ObjectIds } from "../application-mongoose.ts";
import type { JobDocument } from "./job-document.ts";
import { takingKey } from "./taking-key.ts";

type Jobs = mongo.Collection<JobDocument>;

/** What nobody gave its time yet. A job behind others of its limit's key has `dueAt` too. */
const IS_PARKED = { runAt: PARKED, dueAt: { $exists: false } } as const;

/** Takes one job by its id, whether it waits or failed. */
export class JobClaimOne {
  readonly #jobs: Jobs;
  readonly #ids: ObjectIds;

  constructor({ jobs, ids }: { readonly jobs: Jobs; readonly ids: ObjectIds }) {
    this.#jobs = jobs;
    this.#ids = ids;
  }

  /** @throws DuplicateKeyError when another job has the unique key of a failed one */
  async run(id: string, claim: OneClaim): Promise<JobDocument | undefined> {
    const _id = this.#ids.parse(id);
    const job = _id && (await this.#jobs.findOne({ _id, state: { $in: ["ready", "failed"] } }));
    return job ? this.#lease(job, claim) : undefined;
  }

  async #lease({ _id, state, uniqueKey }: JobDocument, claim: OneClaim): Promise<JobDocument | undefined> {
    const { workerId, token, leaseMs } = claim;
    const lease = {
      state: "leased",
      runAt: { $ifNull: ["$dueAt", "$runAt"] },
      attempts: { $add: ["$attempts", 1] },
      lockToken: { $literal: token },
      lockedBy: { $literal: workerId },
      lockedAt: "$$NOW",
      lockedUntil: { $dateAdd: { startDate: "$$NOW", unit: "millisecond", amount: leaseMs } },
      // A failed job has given it up.
      ...(uniqueKey !== undefined && { liveKey: { $literal: uniqueKey } }),
    };
    const update = () =>
      this.#jobs.findOneAndUpdate(
        { _id, state, $nor: [IS_PARKED] },
        [{ $set: lease }, { $unset: ["dueAt", "failReason", "failedAt"] }],
        { returnDocument: "after" },
      );
    return (await takingKey(this.#jobs, uniqueKey, update)) ?? undefined;
  }
}
