import { z } from "zod";
import { InvalidOptionsError, NamelessMailerError, UnknownActionError } from "../errors/errors.ts";
import { type DelayOptions, durationMs } from "../jobs/delay-options.ts";
import { namedFunctions } from "../jobs/delayable-call.ts";
import { type HandlerSettings, PERFORM, registry } from "../jobs/handler.ts";
import type { JobHooks } from "../jobs/hooks.ts";
import type { Job } from "../jobs/job.ts";
import type { JobContext } from "../jobs/job-context.ts";
import type { AsPersistable, NotPersistable } from "../jobs/persistable.ts";
import { applicationPlace, isReloaded, isReloadedClass } from "../jobs/source-place.ts";
import { expectUse } from "../jobs/unused-calls.ts";
import type { JobCall } from "./job-call.ts";
import type { JobDefinition, JobMembers, JobOptions } from "./job-definition.ts";
import { isPlainJob, PlainJobHandler, settingsOf, type Work } from "./job-handler.ts";

/** A function that takes arguments which can be stored; the reason why not, where they cannot. */
type IfStorable<A, F> =
  A extends AsPersistable<A>
    ? F
    : NotPersistable<"perform: an argument cannot be stored; pass an id or plain data">;

/** What `job()` gives. */
export interface JobFacade<A extends readonly unknown[], R> {
  /** The stored name. */
  readonly jobName: string;
  /** Stores a call for a worker: `await ResizeImage.delay({ priority: 5 }).perform(id, 640)`. @throws InvalidOptionsError */
  delay(options?: DelayOptions): {
    readonly perform: IfStorable<A, (...args: A) => Promise<Job<A, R>>>;
  };
  /** A call that is not made yet, for `delayAll`, `batch` and `schedule`. */
  readonly call: IfStorable<A, (...args: A) => JobCall<A, R>>;
  /**
   * Performs it here and now, hooks included, with one attempt; nothing is stored.
   * @throws InvalidArgumentsError | UnstorableValueError, and what the job throws, after its `failure` hook
   */
  readonly performNow: IfStorable<A, (...args: A) => Promise<R>>;
}

/** A class whose instances do a job: its constructor takes what is stored. */
export interface JobClass<A extends readonly unknown[], R> {
  new (...args: A): { perform(context: JobContext): R | Promise<R> } & JobMembers & JobHooks;
  readonly name: string;
}

export interface JobClassOptions<A extends readonly unknown[]> extends JobOptions {
  /** The stored name. Defaults to the class's own, which a bundler may change. */
  readonly name?: string;
  /** The tuple of the constructor's arguments. Without it they are not checked. */
  readonly args?: z.ZodType<A, A>;
}

/**
 * Registers a job under the name that is stored with it, so that a worker can perform it.
 * @throws NameTakenError | NamelessMailerError | InvalidOptionsError
 * @example
 * export const ResizeImage = job("ResizeImage", {
 *   args: z.tuple([z.string(), z.int()]),
 *   async perform(imageId, width, { signal, progress }) { ... },
 * });
 * await ResizeImage.delay({ priority: 5 }).perform(id, 640);
 */
export function job<A extends readonly unknown[] = [], R = void, C = unknown>(
  name: string,
  definition: JobDefinition<A, R, C>,
): JobFacade<A, Awaited<R>>;
/**
 * The same for a class with `perform()`: what is stored are the arguments of its constructor, and a worker makes the object anew. Its
 * members may be delayed_job's: `displayName`, `queueName`, `maxAttempts`, `maxRunTime`, `rescheduleAt`, `destroyFailedJobs` and the hooks.
 * @throws NameTakenError | NamelessMailerError | InvalidOptionsError
 * @example export const Digest = job(DigestJob); await Digest.delay().perform(userId);
 */
export function job<A extends readonly unknown[], R>(
  jobClass: JobClass<A, R>,
  options?: JobClassOptions<A>,
): JobFacade<A, Awaited<R>>;
export function job(
  named: string | AnyClass,
  given?: JobDefinition<readonly unknown[], unknown, unknown> | JobClassOptions<readonly unknown[]>,
): unknown {
  const place = applicationPlace(new Error("shows who calls").stack);
  const handler =
    typeof named === "string"
      ? ofFunction(named, given as AnyDefinition | undefined, place)
      : ofClass(named, (given as JobClassOptions<readonly unknown[]> | undefined) ?? {}, place);
  registry.add(handler, (known) => isPlainJob(known) && isSame(known, handler));
  return facade(handler);
}

/** Whether hot reload evaluated its file again. */
function isSame({ source: known }: PlainJobHandler, { source }: PlainJobHandler): boolean {
  return typeof source.class === "function"
    ? isReloadedClass(known, source)
    : isReloaded(known.place, source.place);
}

type AnyDefinition = JobDefinition<readonly unknown[], unknown, unknown>;
type AnyClass = JobClass<readonly unknown[], unknown>;
type Place = ReturnType<typeof applicationPlace>;

function ofFunction(name: string, definition: AnyDefinition | undefined, place: Place): PlainJobHandler {
  if (name === "") throw new NamelessMailerError("job()", "ResizeImage");
  if (typeof definition?.perform !== "function")
    throw new InvalidOptionsError(`job ${name}`, ["it needs perform(), which does the work"]);
  const { args = z.tuple([]), checkpoint, upcast, aliases = [] } = definition;
  const settings = settingsIn(name, definition);
  const workOf = (given: readonly unknown[]): Work => ({
    settings,
    perform: (context) => definition.perform(...given, context),
  });
  const source = { class: { name }, place };
  return new PlainJobHandler({ name, aliases, settings, args, checkpoint, upcast, workOf, source });
}

function ofClass(
  jobClass: AnyClass,
  { name = jobClass.name, ...options }: JobClassOptions<readonly unknown[]>,
  place: Place,
): PlainJobHandler {
  if (name === "") throw new NamelessMailerError("job()", "DigestJob");
  if (typeof jobClass !== "function" || typeof jobClass.prototype?.perform !== "function")
    throw new InvalidOptionsError(`job ${name}`, ["its class needs a method perform(), which does the work"]);
  const { args, upcast, aliases = [] } = options;
  const settings = settingsIn(name, options);
  const workOf = (given: readonly unknown[]): Work => {
    const object = new jobClass(...given);
    return { ...settingsOf(name, object, settings), perform: (context) => object.perform(context) };
  };
  const source = { class: jobClass, place };
  return new PlainJobHandler({
    name,
    aliases,
    settings,
    args,
    checkpoint: undefined,
    upcast,
    workOf,
    source,
  });
}

/** @throws InvalidOptionsError when a time is no duration */
function settingsIn(name: string, options: JobOptions): HandlerSettings {
  const {
    queue,
    priority,
    maxAttempts,
    backoff,
    keepFailed,
    recordGone,
    hooks,
    limit,
    maxRunTime,
    keepResult,
  } = options;
  const given = { queue, priority, maxAttempts, backoff, keepFailed, recordGone, hooks, limit };
  const settings: HandlerSettings = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return {
    ...settings,
    ...(maxRunTime !== undefined && { maxRunTime: durationMs(`job ${name}: maxRunTime`, maxRunTime) }),
    ...(keepResult !== undefined && { resultFor: durationMs(`job ${name}: keepResult`, keepResult) }),
  };
}

/** The types above are the only description of this object. */
function facade(handler: PlainJobHandler): object {
  return Object.freeze({
    jobName: handler.name,
    call: (...args: unknown[]) => handler.call(args),
    performNow: async (...args: unknown[]) => handler.call(args).performNow(),
    delay: (options: DelayOptions = {}) => {
      const used = expectUse(
        `${handler.name}.delay()`,
        "call perform on what it gives: .delay().perform(...)",
      );
      const store = async (...args: unknown[]) => {
        used();
        return handler.call(args).performLater(options);
      };
      return namedFunctions({ [PERFORM]: store }, async (name) => {
        used();
        throw new UnknownActionError(handler.name, name, [`${handler.name}.${PERFORM}`], "made");
      });
    },
  });
}
