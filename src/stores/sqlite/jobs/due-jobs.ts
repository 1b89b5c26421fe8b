import { type ClaimRequest, MAX_CRASHES } from "../../../jobs/job-store.ts";
import type { Candidate } from "../../../queue/queue-rotation.ts";
import type { Database } from "../database.ts";
import type { Statement } from "../statement.ts";

export interface Due extends Candidate {
  readonly id: string;
  /** Only where poisonous have to be told from others: it is in no index. */
  readonly crashes?: number;
}

type Read = Statement<[queue: string, priority: number, until: number, limit: number], Due>;
type Window = Pick<ClaimRequest, "minPriority" | "maxPriority">;

const LOWEST = -(2 ** 31);
const HIGHEST = 2 ** 31 - 1;
const SUSPECT = `crashes >= ${MAX_CRASHES - 1}`;

/**
 * The due jobs of one queue after another, by seeks on one partial index (queue, priority, run_at): from priority to priority, so
 * that not even a hundred thousand better-priority jobs that are due later are looked at.
 */
export class DueJobs {
  readonly #nextPriority;
  readonly #all: Read;
  readonly #unsuspected: Read;
  readonly #poisonous: Read;
  readonly #anySuspect;

  constructor(database: Database) {
    const prepare = (columns: string, index: string, condition: string): Read =>
      database.prepare(
        `SELECT id, queue, priority, run_at AS runAt ${columns} FROM jobs INDEXED BY ${index}
         WHERE state = 'ready' ${condition} AND queue = ? AND priority = ? AND run_at <= ? ORDER BY run_at, id LIMIT ?`,
      );
    this.#all = prepare("", "jobs_claim", "");
    this.#unsuspected = prepare(", crashes", "jobs_claim", `AND NOT ${SUSPECT}`);
    this.#poisonous = prepare(", crashes", "jobs_suspects", `AND ${SUSPECT}`);
    this.#anySuspect = database.prepare<[], { id: string }>(
      `SELECT id FROM jobs INDEXED BY jobs_suspects WHERE state = 'ready' AND ${SUSPECT} LIMIT 1`,
    );
    this.#nextPriority = database.prepare<[string, number], { priority: number }>(
      `SELECT priority FROM jobs INDEXED BY jobs_claim
       WHERE state = 'ready' AND queue = ? AND priority >= ? ORDER BY priority LIMIT 1`,
    );
  }

  /** Best priority first, then earliest; of poisonous no more than are asked for. */
  of(queue: string, request: ClaimRequest, now: number): readonly Due[] {
    const { poisonous } = request;
    const limit = Math.min(request.limit, request.room?.[queue] ?? request.limit);
    const read = (from: Read, most: number) => this.#inOrder(queue, request, { from, now, most });
    if (!this.#mustTell(poisonous)) return read(this.#all, limit);
    const few = [...read(this.#unsuspected, limit), ...read(this.#poisonous, Math.min(limit, poisonous))];
    return few.sort(compare).slice(0, limit);
  }

  /** When the first one is due, if that is not after `until`. */
  first(queue: string, request: ClaimRequest, until: number): number | undefined {
    const from = request.poisonous === 0 && this.#mustTell(0) ? this.#unsuspected : this.#all;
    const times = [...this.#priorities(queue, request)].flatMap((priority) =>
      from.all(queue, priority, until, 1).map(({ runAt }) => Number(runAt)),
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #inOrder(
    queue: string,
    window: Window,
    { from, now, most }: { readonly from: Read; readonly now: number; readonly most: number },
  ): readonly Due[] {
    const due: Due[] = [];
    for (const priority of this.#priorities(queue, window)) {
      if (due.length >= most) break;
      due.push(...from.all(queue, priority, now, most - due.length));
    }
    return due;
  }

  /** Whether poisonous have to be told from others: nearly never, and it costs the claim its index. */
  #mustTell(poisonous: number | undefined): poisonous is number {
    return poisonous !== undefined && this.#anySuspect.get() !== undefined;
  }

  /** The priorities a queue has jobs of, lowest first, each found by one seek. */
  *#priorities(queue: string, { minPriority = LOWEST, maxPriority = HIGHEST }: Window): Generator<number> {
    let from = minPriority;
    for (;;) {
      const priority = this.#nextPriority.get(queue, from)?.priority;
      if (priority === undefined || priority > maxPriority) return;
      yield priority;
      from = priority + 1;
    }
  }
}

function compare(a: Due, b: Due): number {
  return a.priority - b.priority || Number(a.runAt) - Number(b.runAt) || a.id.localeCompare(b.id);
}
