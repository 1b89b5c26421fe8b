import { z } from "zod";
import { checkedOptions } from "../../checked-options.ts";
import { DuplicateKeyError, InvalidOptionsError } from "../../errors/errors.ts";
import type { EnqueueRequest } from "../../jobs/application.ts";
import { type DelayOptions, queueName, resolveDelay } from "../../jobs/delay-options.ts";
import { callName, type Registry } from "../../jobs/handler.ts";
import type { EnqueueChanges, JobHooks } from "../../jobs/hooks.ts";
import type { JobRecord, NewJob } from "../../jobs/job-record.ts";
import type { Inserted, InsertOptions, JobStore } from "../../jobs/job-store.ts";
import type { Carry, Lifecycle } from "../lifecycle.ts";
import { type JobDefaults, newJob } from "./new-job.ts";

export interface PostOptions extends Omit<EnqueueOptions, "session"> {
  readonly registry: Registry;
  readonly defaults: JobDefaults;
  readonly messageIdDomain: string;
}

/**
 * Checks calls and stores them in one write. Nothing is stored when one of them does not pass.
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | PayloadTooLargeError | UnknownActionError |
 * DuplicateKeyError | StoreError, and what an `enqueue` hook throws
 */
export async function enqueueCalls(
  requests: readonly EnqueueRequest[],
  options: PostOptions,
): Promise<readonly Inserted[]> {
  const jobs = await Promise.all(requests.map((request) => prepareCall(request, options)));
  const session = oneSession(requests.map((request) => request.options.session));
  return enqueue(jobs, { ...options, ...session });
}

/**
 * Checks one call and writes it as it would be stored.
 * @throws InvalidOptionsError | InvalidArgumentsError | UnstorableValueError | PayloadTooLargeError | UnknownActionError
 */
export async function prepareCall(
  { call, options }: EnqueueRequest,
  {
    registry,
    defaults,
    messageIdDomain,
    now,
  }: Pick<PostOptions, "registry" | "defaults" | "messageIdDomain" | "now">,
): Promise<Enqueueing> {
  const { handler, action, params, settings } = call;
  const delay = resolveDelay(callName(handler, action), options, now);
  const args = await registry.find(handler, action).check(action, call.args);
  const meta = call.meta(messageIdDomain, delay.runAt ?? new Date(now()));
  const { onConflict = "ignore" } = delay;
  const job = newJob({ handler, action, args, params, meta }, { delay, settings, defaults });
  return { job, hooks: settings.hooks, onConflict };
}

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

/** Decides what becomes of a call whose unique key is taken. @throws DuplicateKeyError */
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

const schema = z.strictObject({
  queue: queueName.optional(),
  priority: z.int32().optional(),
  runAt: z.date().optional(),
  maxAttempts: z.int().min(1).optional(),
  expiresAt: z.date().optional(),
});

/**
 * Lets the `enqueue` hook see a job that is about to be stored, and change how it is queued.
 * @throws InvalidOptionsError when it returns something that cannot be changed; also what the hook throws
 */
export async function withEnqueueHook(job: NewJob, hooks: JobHooks | undefined): Promise<NewJob> {
  if (hooks?.enqueue === undefined) return job;
  const changes: EnqueueChanges = (await hooks.enqueue(job)) ?? {};
  const checked = checkedOptions(`the enqueue hook of ${job.handler}.${job.action}`, schema, changes);
  const given = Object.entries(checked).filter(([, value]) => value !== undefined);
  return { ...job, ...Object.fromEntries(given) };
}
