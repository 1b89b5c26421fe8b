import { PARKED } from "../../../jobs/batch.ts";
import type { JobRecord } from "../../../jobs/job-record.ts";
import type { OneClaim } from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import type { JobInsert } from "./job-insert.ts";
import { type JobRow, toRecord } from "./job-row.ts";

interface Times {
  readonly now: number;
  /** By the clock of leases. */
  readonly leaseNow: number;
}

/** What somebody has to give its time first. A job behind others of its limit's key has `due_at` too. */
const IS_PARKED = `run_at = ${PARKED.getTime()} AND due_at IS NULL`;
const WAITS = `state IN ('ready', 'failed') AND NOT (${IS_PARKED})`;

/** Takes one job by its id, whether it waits or failed. */
export class JobClaimOne {
  /** @throws DuplicateKeyError when another job has the unique key of a failed one */
  readonly run: (id: string, claim: OneClaim, times: Times) => JobRecord | undefined;

  constructor(database: Database, insert: JobInsert) {
    const find = database.prepare<[string], JobRow>(`SELECT * FROM jobs WHERE id = ? AND ${WAITS}`);
    const lease = database.prepare<Record<string, Value>, JobRow>(
      `UPDATE jobs SET state = 'leased', lock_token = @token, locked_by = @workerId, locked_at = @leaseNow,
         locked_until = @leaseNow + @leaseMs, attempts = attempts + 1, run_at = COALESCE(due_at, run_at), due_at = NULL,
         fail_reason = NULL, failed_at = NULL
       WHERE id = @id RETURNING *`,
    );
    this.run = database.transaction((id: string, claim: OneClaim, { now, leaseNow }: Times) => {
      const job = find.get(id);
      if (job === undefined) return undefined;
      insert.checkKey(job, now);
      const { token, workerId, leaseMs } = claim;
      const row = lease.get({ id, token, workerId, leaseMs, leaseNow });
      return row && toRecord(row);
    }).immediate;
  }
}
