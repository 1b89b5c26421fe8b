import { durationMs } from "../jobs/delay-options.ts";
import type { HandlerSettings } from "../jobs/handler.ts";
import type { JobHooks } from "../jobs/hooks.ts";
import type { JobMembers } from "./job-definition.ts";

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
