import type { JobLimit } from "../../jobs/job-limit.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import type { JobStore, Lease } from "../../jobs/job-store.ts";
import type { RateStore } from "../../transports/rates/rate-store.ts";
import type { Chore } from "./chores.ts";

export interface LimitGateOptions {
  readonly store: Pick<JobStore, "putBehind" | "bringForward" | "nextBehind" | "settle">;
  readonly rates: RateStore;
  readonly workerId: string;
  /** How long permits of a worker that is not heard of any more are held, in ms. */
  readonly leaseMs: number;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

/** So many jobs of a key are let forward at once to see whether its rate allows more. */
const MOST_FORWARD = 100;

/**
 * Lets claimed jobs pass as far as the limits of their keys allow. The others of a key that is full are put behind, all of them in one
 * write, so that no claim meets them again; whoever ends a job of the key brings the next one forward. Where jobs of one key say different
 * numbers, each begins when its own allow it, by what runs and has begun of the key.
 */
export class LimitGate implements Chore {
  readonly name = "keeping limits";
  readonly everyMs: number;
  readonly #options: LimitGateOptions;
  /** What this worker holds permits for, by key: `id/token` of each job, and how many its own limit lets run. */
  readonly #held = new Map<string, Map<string, number>>();
  /** The limits behind which this worker put jobs, by key and then by their numbers. */
  readonly #behind = new Map<string, Map<string, JobLimit>>();
  /** Of each key, the last step that was begun: permits are counted by one step after another. */
  readonly #steps = new Map<string, Promise<unknown>>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(options: LimitGateOptions) {
    this.#options = options;
    this.everyMs = options.everyMs;
  }

  /** Throws what the store throws; what has a limit is handed back then. @returns those that may be performed, in the order given */
  async admit(claimed: readonly JobRecord[]): Promise<readonly JobRecord[]> {
    if (!claimed.some(({ limit }) => limit)) return claimed;
    const byLimit = groupByLimit(claimed);
    try {
      const passed = await Promise.all(byLimit.map((jobs) => this.#admitOf(jobs)));
      const ids = new Set(passed.flat().map(({ id }) => id));
      return claimed.filter(({ id, limit }) => limit === undefined || ids.has(id));
    } catch (error) {
      await this.#handBack(claimed);
      throw error;
    }
  }

  /** A job that was let pass is over: the next of its key may come. Throws what the store throws. */
  async release(job: JobRecord): Promise<void> {
    const { limit } = job;
    if (limit === undefined) return;
    const held = this.#held.get(limit.key);
    if (!held?.delete(nameOf(job))) return;
    await this.#inTurn(limit.key, async () => {
      await this.#hold(limit, held.size);
      if (held.size === 0) this.#held.delete(limit.key);
    });
    for (const each of this.#limitsOf(limit))
      if (each.concurrency !== undefined) await this.#bringForward(each, 1);
  }

  /** Keeps what is held, and brings forward what nobody else does: whoever held the permits may be gone. Throws what the store throws. */
  async run(): Promise<void> {
    for (const [key, held] of [...this.#held])
      await this.#inTurn(key, () => this.#hold({ key, concurrency: Math.max(...held.values()) }, held.size));
    const { store } = this.#options;
    for (let next = await store.nextBehind(""); next; next = await store.nextBehind(next.key))
      for (const limit of this.#limitsOf(next))
        if (!this.#timers.has(lineOf(limit))) await this.#probe(limit);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #admitOf(jobs: readonly JobRecord[]): Promise<readonly JobRecord[]> {
    const limit = jobs[0]?.limit;
    if (limit === undefined) return jobs;
    const { passed, retryIn } = await this.#inTurn(limit.key, () => this.#take(limit, jobs));
    const refused = jobs.slice(passed.length);
    if (refused.length > 0) await this.#putBehind(limit, refused, retryIn);
    else if (limit.rate) await this.#bringForward(limit, jobs.length);
    return passed;
  }

  async #take(limit: JobLimit, jobs: readonly JobRecord[]) {
    const { rate, key, concurrency } = limit;
    const held = this.#held.get(key) ?? new Map<string, number>();
    const before = concurrency === undefined ? 0 : held.size;
    const room = (await this.#hold(limit, before + jobs.length)) - before;
    const most = Math.max(0, Math.min(jobs.length, room));
    const none = { granted: most, retryIn: 0 };
    const { granted, retryIn } =
      rate && most > 0 ? await this.#options.rates.reserve(`limit ${key}`, most, rate) : none;
    if (granted < most) await this.#hold(limit, before + granted);
    const passed = jobs.slice(0, granted);
    if (concurrency !== undefined) for (const job of passed) held.set(nameOf(job), concurrency);
    if (held.size > 0) this.#held.set(key, held);
    return { passed, retryIn: granted < most ? retryIn : undefined };
  }

  /** Whoever ended meanwhile found nothing behind yet, so it is asked once more whether there is room. */
  async #putBehind(
    limit: JobLimit,
    refused: readonly JobRecord[],
    retryIn: number | undefined,
  ): Promise<void> {
    await this.#options.store.putBehind(refused.map(leaseOf), [limit]);
    const behind = this.#behind.get(limit.key) ?? new Map<string, JobLimit>();
    this.#behind.set(limit.key, behind.set(lineOf(limit), limit));
    if (retryIn !== undefined) this.#wait(limit, retryIn);
    else await this.#probe(limit);
  }

  /** Brings as many forward as there is room for now. */
  async #probe(limit: JobLimit): Promise<void> {
    const { key, concurrency, rate } = limit;
    const most = Math.min(concurrency ?? MOST_FORWARD, rate?.limit ?? MOST_FORWARD, MOST_FORWARD);
    const room = await this.#inTurn(key, async () => {
      const held = concurrency === undefined ? 0 : (this.#held.get(key)?.size ?? 0);
      const granted = await this.#hold(limit, held + most);
      if (granted > held) await this.#hold(limit, held);
      return granted - held;
    });
    if (room > 0) await this.#bringForward(limit, room);
  }

  async #bringForward(limit: JobLimit, count: number): Promise<void> {
    if ((await this.#options.store.bringForward(limit, count)) > 0) return;
    const behind = this.#behind.get(limit.key);
    behind?.delete(lineOf(limit));
    if (behind?.size === 0) this.#behind.delete(limit.key);
  }

  /** This limit, and the others of its key behind which jobs are known to be. */
  #limitsOf(limit: JobLimit): readonly JobLimit[] {
    const behind = this.#behind.get(limit.key) ?? new Map<string, JobLimit>();
    return [...new Map([...behind, [lineOf(limit), limit]]).values()];
  }

  /** One timer for each limit, until its rate allows more. */
  #wait(limit: JobLimit, ms: number): void {
    const line = lineOf(limit);
    if (this.#timers.has(line)) return;
    const again = () => {
      this.#timers.delete(line);
      this.#probe(limit).catch(this.#options.onError);
    };
    this.#timers.set(line, setTimeout(again, ms).unref());
  }

  /** @returns how many permits this worker has now */
  async #hold({ key, concurrency }: JobLimit, wanted: number): Promise<number> {
    if (concurrency === undefined) return wanted;
    const { rates, workerId: id, leaseMs } = this.#options;
    return rates.hold(`limit ${key}`, { id, leaseMs }, wanted, concurrency);
  }

  async #handBack(claimed: readonly JobRecord[]): Promise<void> {
    const limited = claimed.filter(({ limit }) => limit);
    for (const job of limited) this.#held.get(job.limit?.key ?? "")?.delete(nameOf(job));
    const released = limited.map((job) => ({ ...leaseOf(job), kind: "release" as const }));
    // Where the store does not answer, their leases run out.
    await this.#options.store.settle(released).catch(() => []);
  }

  #inTurn<T>(key: string, step: () => Promise<T>): Promise<T> {
    const before = this.#steps.get(key) ?? Promise.resolve();
    const run = before.then(step, step);
    const settled = run.then(
      () => undefined,
      () => undefined,
    );
    this.#steps.set(key, settled);
    void settled.then(() => {
      if (this.#steps.get(key) === settled) this.#steps.delete(key);
    });
    return run;
  }
}

function groupByLimit(jobs: readonly JobRecord[]): readonly (readonly JobRecord[])[] {
  const byLimit = new Map<string, JobRecord[]>();
  for (const job of jobs) {
    if (job.limit === undefined) continue;
    const line = lineOf(job.limit);
    const same = byLimit.get(line) ?? [];
    same.push(job);
    byLimit.set(line, same);
  }
  return [...byLimit.values()];
}

/** A limit with its numbers, as one text. */
function lineOf({ key, concurrency, rate }: JobLimit): string {
  return JSON.stringify([key, concurrency, rate?.limit, rate?.per]);
}

function leaseOf({ id, lockToken: token = "" }: JobRecord): Lease {
  return { id, token };
}

function nameOf(job: JobRecord): string {
  const { id, token } = leaseOf(job);
  return `${id}/${token}`;
}
