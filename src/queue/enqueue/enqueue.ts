import { DuplicateKeyError, InvalidOptionsError } from "../../errors/errors.ts";
import type { DelayOptions } from "../../jobs/delay-options.ts";
import type { JobHooks } from "../../jobs/hooks.ts";
import type { JobRecord, NewJob } from "../../jobs/job-record.ts";
import type { Inserted, InsertOptions, JobStore } from "../../jobs/job-store.ts";
import type { Carry, Lifecycle } from "../lifecycle.ts";
import { withEnqueueHook } from "./enqueue-hook.ts";

/** A checked call, ready to be stored. */
export interface Enqueueing {
  readonly job: NewJob;
  readonly hooks: JobHooks | undefined;
  readonly onConflict: NonNullable<DelayOptions["onConflict"]>;
}

export interface EnqueueOptions extends InsertOptions {
  readonly store: Pick<JobStore, "insert" | "replace">;
  readonly lifecycle: Lifecycle;
  /** Whether a job that is due is stored, or performed here and now. */
  readonly isDelayed: (job: NewJob) => boolean;
  /** Performs a job here and now; throws what it throws. */
  readonly performNow: (job: NewJob) => Promise<JobRecord>;
  /** The store's time, in ms since 1970. */
  readonly now: () => number;
}

/**
 * Runs the `enqueue` hooks, then stores all the jobs in one write; what is to be performed here and now is performed after that.
 * @returns what became of them, in the order given
 * @throws InvalidOptionsError | DuplicateKeyError | StoreError, and what a hook, a plugin or a job performed here throws
 */
export async function enqueue(
  jobs: readonly Enqueueing[],
  options: EnqueueOptions,
): Promise<readonly Inserted[]> {
  if (options.lifecycle.has("enqueue")) return within(jobs, [], options);
  const ready: Enqueueing[] = [];
  for (const each of jobs) ready.push(await hooked(each));
  return store(ready, options);
}

async function hooked(each: Enqueueing): Promise<Enqueueing> {
  return each.hooks?.enqueue === undefined
    ? each
    : { ...each, job: await withEnqueueHook(each.job, each.hooks) };
}

/** Every job's callbacks stand around the one write of all. @param ready those whose callbacks stand around it already; grows */
async function within(
  jobs: readonly Enqueueing[],
  ready: Enqueueing[],
  options: EnqueueOptions,
): Promise<readonly Inserted[]> {
  const next = jobs[ready.length];
  if (next === undefined) return store(ready, options);
  // Keeps the stack flat, however many jobs there are.
  await undefined;
  const { job } = next;
  let { meta } = job;
  const carry: Carry = (entries) => {
    meta = { ...meta, ...entries };
  };
  return options.lifecycle.run("enqueue", { job, carry }, async () => {
    ready.push(await hooked({ ...next, job: { ...job, meta } }));
    return within(jobs, ready, options);
  });
}

async function store(
  jobs: readonly Enqueueing[],
  { store, session, isDelayed, performNow, now: clock }: EnqueueOptions,
): Promise<readonly Inserted[]> {
  const isNow = ({ job }: Enqueueing) => isDue(job, clock()) && !isDelayed(job);
  const now = new Set(jobs.filter(isNow));
  const later = jobs.filter((each) => !now.has(each));
  const insertOptions = session === undefined ? { joinsAmbient: true } : { session };
  const stored = later.length === 0 ? [] : await insert(later, store, insertOptions);
  const answers = new Map(later.map((each, index) => [each, stored[index]]));
  for (const each of now) answers.set(each, { record: await performNow(each.job), inserted: true });
  return jobs.flatMap((each) => answers.get(each) ?? []);
}

function isDue({ runAt }: NewJob, now: number): boolean {
  return runAt === undefined || runAt.getTime() <= now;
}

async function insert(
  jobs: readonly Enqueueing[],
  store: EnqueueOptions["store"],
  options: InsertOptions,
): Promise<readonly Inserted[]> {
  const answers = await store.insert(
    jobs.map(({ job }) => job),
    options,
  );
  return Promise.all(
    answers.map((answer, index) => {
      const asked = jobs[index];
      return answer.inserted || asked === undefined ? answer : resolve(asked, answer, store, options);
    }),
  );
}

const TRIES = 5;

/** What becomes of a call whose unique key is taken. @throws DuplicateKeyError */
async function resolve(
  { job, onConflict }: Enqueueing,
  answer: Inserted,
  store: EnqueueOptions["store"],
  options: InsertOptions,
): Promise<Inserted> {
  const { uniqueKey = "" } = job;
  for (let tries = TRIES; onConflict === "replace" && tries > 0; tries--) {
    const replaced = await store.replace(answer.record.id, job, options);
    if (replaced) return { record: replaced, inserted: false };
    if (answer.record.state !== "ready") break;
    // It was claimed or ended since it was read: the key may be free now.
    const [again] = await store.insert([job], options);
    if (again?.inserted) return again;
    if (again) answer = again;
  }
  if (onConflict === "ignore") return answer;
  throw new DuplicateKeyError(uniqueKey, answer.record.id);
}

/** All jobs of one write must belong to one transaction. @throws InvalidOptionsError */
export function oneSession(sessions: readonly (object | undefined)[]): InsertOptions {
  const [session, ...others] = new Set(sessions);
  if (others.length > 0) throw new InvalidOptionsError("delayAll", ["all calls must have one session"]);
  return session === undefined ? {} : { session };
}
