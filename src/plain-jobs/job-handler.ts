import type { z } from "zod";
import { PermanentFailure } from "../errors/errors.ts";
import { checkedArgs } from "../jobs/checked-args.ts";
import { durationMs } from "../jobs/delay-options.ts";
import {
  type Attempt,
  type BoundCall,
  type Call,
  type HandlerSettings,
  type JobHandler,
  PERFORM,
} from "../jobs/handler.ts";
import type { JobHooks } from "../jobs/hooks.ts";
import { contextOf, type JobContext, withJobContext } from "../jobs/job-context.ts";
import type { PlacedClass } from "../jobs/source-place.ts";
import { JobCall } from "./job-call.ts";
import type { JobMembers } from "./job-definition.ts";

const PLAIN_JOB = Symbol.for("delayed-mailer/plain-job");

/** What one call of a job is performed by. */
export interface Work {
  readonly settings: HandlerSettings;
  readonly displayName?: string | undefined;
  perform(context: JobContext): unknown;
}

export interface JobHandlerOptions {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  readonly args: z.ZodType | undefined;
  readonly checkpoint: z.ZodType | undefined;
  readonly upcast: ((args: readonly unknown[]) => readonly unknown[]) | undefined;
  /** Makes what performs a call, of arguments that are not checked where it is only asked for its settings. */
  readonly workOf: (args: readonly unknown[]) => Work;
  /** Its function or class, and where `job()` was called. */
  readonly source: PlacedClass;
}

/** A plain job as the queue sees it: a handler of one action. */
export class PlainJobHandler implements JobHandler {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  readonly source: PlacedClass;
  /** Tells a plain job from other handlers, of whatever copy of the library. */
  readonly [PLAIN_JOB] = true;
  readonly #options: JobHandlerOptions;

  constructor(options: JobHandlerOptions) {
    this.name = options.name;
    this.aliases = options.aliases;
    this.settings = options.settings;
    this.source = options.source;
    this.#options = options;
  }

  has(action: string): boolean {
    return action === PERFORM;
  }

  actions(): readonly string[] {
    return [this.name];
  }

  upcast(_action: string, args: readonly unknown[]): readonly unknown[] {
    return this.#options.upcast?.(args) ?? args;
  }

  async check(action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    const { args: schema } = this.#options;
    return schema === undefined ? args : checkedArgs({ handler: this.name, action, args }, schema);
  }

  /** @throws what the class's constructor and members throw */
  call<A extends readonly unknown[], R>(args: A): JobCall<A, R> {
    const { settings, displayName } = this.#options.workOf(args);
    const meta: Call["meta"] = displayName === undefined ? {} : { displayName };
    return new JobCall<A, R>({ handler: this.name, action: PERFORM, args, settings, meta });
  }

  async bind({ args }: Call): Promise<BoundCall> {
    const work = this.#options.workOf(args);
    return {
      settings: work.settings,
      perform: async (attempt) => this.#run(work, attempt),
    };
  }

  async perform(call: Call, attempt: Attempt): Promise<unknown> {
    return this.#run(this.#options.workOf(call.args), attempt);
  }

  #run(work: Work, attempt: Attempt): unknown {
    const context = this.#contextOf(attempt);
    return withJobContext(context, () => work.perform(context));
  }

  #contextOf(attempt: Attempt): JobContext {
    const { checkpoint: schema } = this.#options;
    if (schema === undefined) return contextOf(attempt);
    return contextOf(attempt, (stored) => {
      const result = schema.safeParse(stored);
      if (result.success) return result.data;
      throw new PermanentFailure(
        `The checkpoint of ${this.name} does not pass its schema: ${result.error.message}. Let the schema take what older code saved, then retry the job.`,
        { reason: "invalid-checkpoint", cause: result.error },
      );
    });
  }
}

export function isPlainJob(handler: JobHandler): handler is PlainJobHandler {
  return PLAIN_JOB in handler;
}

const HOOKS = ["enqueue", "before", "success", "error", "after", "failure"] as const;

/** What an object says of its jobs by delayed_job's optional members. */
export interface OwnSettings {
  readonly settings: HandlerSettings;
  readonly displayName: string | undefined;
}

/**
 * The settings of one object's job: its members win over those of its class.
 * @param where for errors
 * @throws InvalidOptionsError when `maxRunTime` is no duration, and what the members throw
 */
export function settingsOf(where: string, object: object, settings: HandlerSettings): OwnSettings {
  const members: JobMembers & JobHooks = object;
  const queue = memberOf(members, "queueName");
  const maxAttempts = memberOf(members, "maxAttempts");
  const maxRunTime = memberOf(members, "maxRunTime");
  const destroys = memberOf(members, "destroyFailedJobs");
  return {
    displayName: memberOf(members, "displayName"),
    settings: {
      ...settings,
      ...(queue !== undefined && { queue }),
      ...(maxAttempts !== undefined && { maxAttempts }),
      ...(maxRunTime !== undefined && { maxRunTime: durationMs(`${where}: maxRunTime`, maxRunTime) }),
      ...(destroys !== undefined && { keepFailed: !destroys }),
      ...(typeof members.rescheduleAt === "function" && {
        backoff: (attempts, { now }) => members.rescheduleAt?.(now, attempts) ?? 0,
      }),
      hooks: { ...settings.hooks, ...hooksOf(members) },
    } satisfies HandlerSettings,
  };
}

/** Its methods of a hook's name, called on the object itself. */
export function hooksOf(object: JobHooks): JobHooks {
  const own = HOOKS.filter((hook) => typeof object[hook] === "function");
  return Object.fromEntries(
    own.map((hook) => [hook, (...args: unknown[]) => Reflect.apply(Object(object)[hook], object, args)]),
  );
}

type Plain<T> = Exclude<T, (...args: never[]) => unknown>;
type Member = "displayName" | "queueName" | "maxAttempts" | "maxRunTime" | "destroyFailedJobs";

function memberOf<K extends Member>(members: JobMembers, name: K): Plain<JobMembers[K]> {
  const member: unknown = members[name];
  // A method gives what a plain member would hold.
  return (typeof member === "function" ? Reflect.apply(member, members, []) : member) as Plain<JobMembers[K]>;
}
