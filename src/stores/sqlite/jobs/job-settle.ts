import { cutError } from "../../../jobs/describe-error.ts";
import { KEPT_ERRORS } from "../../../jobs/job-record.ts";
import type { AttemptNote, Lease, Reaped, Settlement } from "../../../jobs/job-store.ts";
import { MAX_CRASHES } from "../../../jobs/job-store.ts";
import type { Database } from "../database.ts";
import { type JobRow, toRecord } from "./job-row.ts";

const UNLOCK = "lock_token = NULL, locked_by = NULL, locked_at = NULL, locked_until = NULL";
/** Leases that ran out, or that a worker holds which is known to be gone. */
const EXPIRED = "(CASE WHEN @workerId IS NULL THEN locked_until < @leaseNow ELSE locked_by = @workerId END)";
const NO_TRY_LEFT = `(CASE WHEN max_crashes IS NULL THEN attempts >= max_attempts OR crashes + 1 >= ${MAX_CRASHES}
  ELSE crashes + 1 >= max_crashes END)`;
const WENT_AWAY = `'The worker ' || locked_by || ' went away while it held the job (attempt ' || attempts || ').'`;
/** The errors so far with one more, and without the oldest where there are too many. What somebody wrote by hand and cannot be read is left out. */
const withError = (attempt: string, text: string) => `(
  SELECT json_group_array(json(value)) FROM (
    SELECT value FROM (
      SELECT key, value FROM json_each(json_insert(CASE WHEN json_valid(errors) THEN errors ELSE '[]' END, '$[#]',
        json_object('attempt', ${attempt}, 'at', @now, 'error', ${text})))
      ORDER BY key DESC LIMIT ${KEPT_ERRORS}
    ) ORDER BY key
  ))`;
const HELD = "id = @id AND lock_token = @token AND state = 'leased'";

/** How attempts end; nothing is written unless the row still carries the claim's token. */
export class JobSettle {
  readonly #statements;
  readonly #settle: (settlements: readonly Settlement[], now: number) => readonly Lease[];
  readonly #extend: (leases: readonly Lease[], until: number) => readonly Lease[];
  readonly #reap: (now: number, leaseNow: number, workerId: string | null) => Reaped;

  /** @param retention how long done jobs are kept, in ms; 0 deletes them at once */
  constructor(database: Database, retention: number) {
    const prepare = (sql: string) => database.prepare<Record<string, string | number | null>>(sql);
    this.#statements = {
      done:
        retention > 0
          ? prepare(`UPDATE jobs SET state = 'done', finished_at = @now, ${UNLOCK} WHERE ${HELD}`)
          : prepare(`DELETE FROM jobs WHERE ${HELD}`),
      keep: prepare(
        `UPDATE jobs SET state = 'done', finished_at = @now, key_until = @keyUntil, kept_until = @keptUntil,
           result = @result, last_error = COALESCE(@error, last_error), ${UNLOCK} WHERE ${HELD}`,
      ),
      note: prepare(
        `UPDATE jobs SET progress = COALESCE(@progress, progress), progress_at = COALESCE(@progressAt, progress_at),
           checkpoint = COALESCE(@checkpoint, checkpoint) WHERE ${HELD}`,
      ),
      drop: prepare(`DELETE FROM jobs WHERE ${HELD}`),
      retry: prepare(
        `UPDATE jobs SET state = 'ready', run_at = @runAt, last_error = @error, attempts = attempts - @given,
           errors = CASE WHEN @given = 0 THEN ${withError("@attempt", "@cut")} ELSE errors END, checkpoint = COALESCE(@checkpoint, checkpoint), ${UNLOCK} WHERE ${HELD}`,
      ),
      fail: prepare(
        `UPDATE jobs SET state = 'failed', last_error = @error, fail_reason = @reason, failed_at = @now,
           errors = ${withError("@attempt", "@cut")}, ${UNLOCK}
         WHERE ${HELD}`,
      ),
      release: prepare(`UPDATE jobs SET state = 'ready', attempts = attempts - 1, ${UNLOCK} WHERE ${HELD}`),
      forgive: prepare(
        `UPDATE jobs SET attempts = CASE WHEN max_crashes IS NULL THEN attempts - crashes ELSE attempts END, crashes = 0
         WHERE ${HELD}`,
      ),
      held: database.prepare<{ id: string; token: string }, { readonly id: string }>(
        `SELECT id FROM jobs WHERE ${HELD}`,
      ),
      extend: prepare(`UPDATE jobs SET locked_until = @until WHERE ${HELD}`),
      crash: database.prepare<{ now: number; leaseNow: number; workerId: string | null }, JobRow>(
        `UPDATE jobs SET state = 'failed', crashes = crashes + 1, fail_reason = 'crashed', failed_at = @now,
           last_error = ${WENT_AWAY}, errors = ${withError("attempts", WENT_AWAY)}, ${UNLOCK}
         WHERE state = 'leased' AND ${EXPIRED} AND ${NO_TRY_LEFT}
         RETURNING *`,
      ),
      free: prepare(
        `UPDATE jobs SET state = 'ready', crashes = crashes + 1, attempts = attempts - (max_crashes IS NOT NULL),
           last_error = ${WENT_AWAY}, errors = ${withError("attempts", WENT_AWAY)}, ${UNLOCK}
         WHERE state = 'leased' AND ${EXPIRED}`,
      ),
      purge: prepare(
        `DELETE FROM jobs WHERE state = 'done' AND finished_at < @before AND (key_until IS NULL OR key_until < @now)
         AND (kept_until IS NULL OR kept_until < @now)`,
      ),
    };
    const settle = database.transaction((all: readonly Settlement[], now: number) =>
      all.filter((settlement) => this.#settleOne(settlement, now) === 0).map(toLease),
    );
    const extend = database.transaction((leases: readonly Lease[], until: number) =>
      leases.filter(({ id, token }) => this.#statements.extend.run({ id, token, until }).changes === 0),
    );
    const reap = database.transaction((now: number, leaseNow: number, workerId: string | null) => {
      const failed = this.#statements.crash.all({ now, leaseNow, workerId }).map(toRecord);
      const freed = this.#statements.free.run({ now, leaseNow, workerId }).changes;
      this.#statements.purge.run({ now, before: now - retention });
      return { failed, freed };
    });
    this.#settle = settle.immediate;
    this.#extend = extend.immediate;
    this.#reap = reap.immediate;
  }

  /** @returns the leases that were lost */
  settle(settlements: readonly Settlement[], now: number): readonly Lease[] {
    return this.#settle(settlements, now);
  }

  /** @returns the leases that were lost */
  extend(leases: readonly Lease[], until: number): readonly Lease[] {
    return this.#extend(leases, until);
  }

  /** @returns the leases that were lost */
  lost(leases: readonly Lease[]): readonly Lease[] {
    return leases.filter(({ id, token }) => this.#statements.held.get({ id, token }) === undefined);
  }

  /** @returns false when the lease was lost */
  forgive({ id, token }: Lease): boolean {
    return this.#statements.forgive.run({ id, token }).changes > 0;
  }

  /** @returns false when the lease was lost */
  note({ id, token }: Lease, { progress, checkpoint }: AttemptNote, now: number): boolean {
    const values = {
      progress: progress ? JSON.stringify(progress) : null,
      progressAt: progress ? now : null,
      checkpoint: checkpoint === undefined ? null : JSON.stringify(checkpoint),
    };
    return this.#statements.note.run({ id, token, ...values }).changes > 0;
  }

  /** @param leaseNow by the clock of leases */
  reap(now: number, leaseNow: number, workerId: string | null): Reaped {
    return this.#reap(now, leaseNow, workerId);
  }

  /** @returns how many rows were written: 1, or 0 when the lease was lost */
  #settleOne(settlement: Settlement, now: number): number {
    const { id, token } = settlement;
    const { done, keep, drop, retry, fail, release } = this.#statements;
    switch (settlement.kind) {
      case "done": {
        const { holdKeyMs, keepMs, result, error = null } = settlement;
        if (holdKeyMs === undefined && keepMs === undefined) return done.run({ id, token, now }).changes;
        const keyUntil = holdKeyMs === undefined ? null : now + holdKeyMs;
        const keptUntil = keepMs === undefined ? null : now + keepMs;
        const kept = result === undefined ? null : JSON.stringify(result);
        return keep.run({ id, token, now, keyUntil, keptUntil, result: kept, error }).changes;
      }
      case "retry": {
        const { runAt, error, counted, checkpoint } = settlement;
        const stored = checkpoint === undefined ? null : JSON.stringify(checkpoint);
        return retry.run({
          id,
          token,
          runAt: runAt.getTime(),
          error,
          ...kept(settlement),
          now,
          given: counted ? 0 : 1,
          checkpoint: stored,
        }).changes;
      }
      case "fail":
        if (settlement.keep === false) return drop.run({ id, token }).changes;
        return fail.run({
          ...{ id, token, now, error: settlement.error, reason: settlement.reason },
          ...kept(settlement),
        }).changes;
      case "release":
        return release.run({ id, token }).changes;
    }
  }
}

/** What is kept of an error beside those before it. */
function kept({ error, attempt }: { readonly error: string; readonly attempt?: number }) {
  return { attempt: attempt ?? null, cut: cutError(error) };
}

function toLease({ id, token }: Lease): Lease {
  return { id, token };
}
