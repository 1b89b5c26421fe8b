import type { NewJob } from "../jobs/job-record.ts";
import { type JobDefaults, newJob } from "../queue/enqueue/new-job.ts";
import type { Schedule } from "./schedule.ts";
import { REMEMBER_MS, TICKS, tickKey } from "./tick-performer.ts";

/** The job of one time of a schedule. Its key makes it be stored once, whoever stores it. */
export function tickJob(schedule: Schedule, at: Date, defaults: JobDefaults): NewJob {
  const { name, queue, priority } = schedule;
  const call = { handler: TICKS, action: name, args: [at], params: {}, meta: {} };
  const delay = { runAt: undefined, uniqueKey: tickKey(schedule, at), uniqueFor: REMEMBER_MS };
  const settings = { ...(queue !== undefined && { queue }), ...(priority !== undefined && { priority }) };
  return newJob(call, { delay, settings, defaults });
}
