import { randomUUID } from "node:crypto";
import { z } from "zod";
import { queueName } from "../jobs/delay-options.ts";
import type { NewsletterOptions, SendingWindow } from "../jobs/newsletter.ts";
import { defaultIdentity } from "./identity.ts";
import { instantOf, isTime } from "./timing/clock-time.ts";
import { sendingWindow, timeZone } from "./timing/sending-window.ts";
import type { Timing } from "./timing/timing.ts";

const NO_TIME = 'must be a Date, or a time such as "2026-12-01T09:00" or "2026-12-01T08:00:00Z"';
const time = z.union([
  z.date(NO_TIME).transform((date) => date.toISOString()),
  z.string(NO_TIME).refine(isTime, NO_TIME),
]);

const aFunction = <F>() => z.custom<F>((value) => typeof value === "function", "must be a function");

/** What `broadcast(audience, { ... })` takes. */
export const newsletterOptions = z
  .strictObject({
    key: z
      .string()
      .min(1)
      .max(200)
      .default(() => randomUUID()),
    chunkSize: z.int().min(1).max(10_000).default(500),
    identify: aFunction<(row: unknown) => string>().default(() => defaultIdentity),
    deduplicate: z.enum(["memory", "store"]).default("memory"),
    queue: queueName.default("newsletters"),
    priority: z.int32().default(10),
    maxAttempts: z.int().min(1).default(25),
    pauseWhen: z
      .strictObject({ rejected: z.number().min(0).max(1), after: z.int().min(1).default(100) })
      .optional(),
    start: z.enum(["now", "manual"]).default("now"),
    rehearse: z.boolean().default(false),
    at: time.optional(),
    stopBy: time.optional(),
    windows: z.preprocess(
      (given) => (given === undefined || Array.isArray(given) ? given : [given]),
      z.array(sendingWindow).default([]),
    ),
    timeZone: timeZone.default("UTC"),
    timeZoneOf: aFunction<NonNullable<NewsletterOptions["timeZoneOf"]>>().optional(),
  })
  .refine(
    ({ at, stopBy, timeZone: zone }) => !at || !stopBy || instantOf(stopBy, zone) > instantOf(at, zone),
    {
      path: ["stopBy"],
      message: "must be after at",
    },
  );

export type CheckedOptions = z.output<typeof newsletterOptions>;

function plain({ days, from, to, timeZone: zone }: z.output<typeof sendingWindow>): SendingWindow {
  return { from, to, ...(days && { days }), ...(zone !== undefined && { timeZone: zone }) };
}

/** What is stored of them; nothing where it may be sent at any time. */
export function timingOf({ at, stopBy, windows, timeZone: home }: CheckedOptions): Timing | undefined {
  if (at === undefined && stopBy === undefined && windows.length === 0) return undefined;
  return {
    ...(at !== undefined && { at }),
    ...(stopBy !== undefined && { stopBy }),
    ...(windows.length > 0 && { windows: windows.map(plain) }),
    timeZone: home,
  };
}
