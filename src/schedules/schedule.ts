import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import { InvalidOptionsError } from "../errors/errors.ts";
import { queueName } from "../jobs/delay-options.ts";
import { type DelayableCall, isDelayableCall } from "../jobs/delayable-call.ts";
import { applicationPlace, isReloaded, type SourcePlace } from "../jobs/source-place.ts";
import { shared } from "../shared.ts";
import { CronTimes } from "./cron.ts";

/** One time of a schedule. */
export interface Tick {
  readonly schedule: string;
  /** When it was to be, which is the same however late it is performed, and however often it is tried. */
  readonly at: Date;
}

type Planned = DelayableCall | readonly DelayableCall[] | undefined;

/**
 * What a schedule does at a tick. Calls it gives back, messages and those of jobs, are stored, each once for this tick, however often the tick is tried; what it
 * sends or stores by itself, it may do again when it is tried again.
 */
export type AtTick = (tick: Tick) => Planned | Promise<Planned>;

export interface ScheduleOptions {
  /** An IANA name, such as Europe/Berlin. @default "UTC" */
  readonly timeZone?: string;
  /**
   * What to do about ticks that nobody performed because no worker ran. `once` performs the newest of them, `skip` none that is more
   * than a minute late, `all` every one. @default "once"
   */
  readonly missed?: "once" | "skip" | "all";
  /** Where the ticks are queued. Defaults to the configuration's. */
  readonly queue?: string;
  /** Lower runs first. Defaults to the configuration's. */
  readonly priority?: number;
}

const optionsSchema = z.strictObject({
  timeZone: z.string().min(1).default("UTC"),
  missed: z.enum(["once", "skip", "all"]).default("once"),
  queue: queueName.optional(),
  priority: z.int32().optional(),
});

/** A registered schedule. */
export interface Schedule extends z.output<typeof optionsSchema> {
  readonly name: string;
  readonly cron: string;
  readonly times: CronTimes;
  readonly atTick: AtTick;
  /** Where it was made. */
  readonly place?: SourcePlace | undefined;
}

const registered = shared("schedules", () => new Map<string, Schedule>());

/**
 * Has something done at the times of a cron expression, once for each time, however many workers run.
 * @throws InvalidOptionsError when the name is taken, the expression or time zone cannot be read, or an option is unknown
 * @example schedule("weekly", "0 9 * * MON", { timeZone: "Europe/Berlin" }, () => UserMailer.sendDigest());
 * @example schedule("nightly", "0 3 * * *", () => UserMailer.sendReport());
 */
export function schedule(name: string, cron: string, atTick: AtTick): void;
export function schedule(name: string, cron: string, options: ScheduleOptions, atTick: AtTick): void;
export function schedule(name: string, cron: string, ...rest: ScheduleRest): void {
  const where = `schedule "${name}"`;
  const { options, atTick } = scheduleArguments(where, rest);
  if (!/^[\w.-]{1,100}$/.test(name))
    throw new InvalidOptionsError(where, [
      "a name must be 1 to 100 letters, digits, dots, dashes and underscores",
    ]);
  const place = applicationPlace(new Error("shows who calls").stack);
  const known = registered.get(name);
  if (known && !isReloaded(known.place, place))
    throw new InvalidOptionsError(where, ["the name is taken by another schedule; give this one another"]);
  const checked = checkedOptions(where, optionsSchema, options);
  const times = new CronTimes(where, cron, checked.timeZone);
  registered.set(name, { ...checked, name, cron, times, atTick, place });
}

type ScheduleRest = readonly [AtTick] | readonly [ScheduleOptions, AtTick];

/** @throws InvalidOptionsError where a message, which would be the same at every tick, or nothing at all stands in place of a function */
function scheduleArguments(
  where: string,
  rest: ScheduleRest,
): { readonly options: ScheduleOptions; readonly atTick: AtTick } {
  const [first, second] = rest;
  const [options, atTick] = second === undefined ? [{}, first] : [first as ScheduleOptions, second];
  if (typeof atTick !== "function")
    throw new InvalidOptionsError(where, [
      "give a function that makes the message at each tick: () => UserMailer.sendDigest()",
    ]);
  return { options, atTick };
}

/** The schedules of this process, in the order they were made. */
export function schedules(): readonly Schedule[] {
  return [...registered.values()];
}

export function scheduleNamed(name: string): Schedule | undefined {
  return registered.get(name);
}

/** The calls of what `atTick` gave. @throws InvalidOptionsError when it is something else */
export function callsOf({ name }: Schedule, planned: unknown): readonly DelayableCall[] {
  if (planned === undefined || planned === null) return [];
  const calls: readonly unknown[] = Array.isArray(planned) ? planned : [planned];
  if (calls.every(isDelayableCall)) return calls;
  throw new InvalidOptionsError(`schedule "${name}"`, [
    "it must give back messages, calls of jobs, or nothing",
  ]);
}
