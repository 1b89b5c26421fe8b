import { z } from "zod";
import type { App } from "../../app/app.ts";
import { Job } from "../../jobs/job.ts";
import { JOB_STATES, type JobFilter } from "../../jobs/job-record.ts";
import { Queue } from "../../jobs/queue.ts";
import { scheduleNamed } from "../../schedules/schedule.ts";
import { counted } from "../page/html.ts";
import type { Viewer } from "./access.ts";
import { type Board, BULK_MOST } from "./board.ts";

/** What an act came to. */
export interface Done {
  /** For people. */
  readonly message: string;
  /** How many jobs, recipients or queues. */
  readonly count: number;
  /** So many were done at once, and there may be others that fit. */
  readonly isMore?: true;
  /** What was to be acted on is not there any more. */
  readonly isGone?: true;
}

/** Of one job. */
export const JOB_VERBS = ["retry", "run", "reschedule", "cancel", "remove"] as const;
export type JobVerb = (typeof JOB_VERBS)[number];

export const NEWSLETTER_VERBS = ["pause", "resume", "cancel", "retry"] as const;
export type NewsletterVerb = (typeof NEWSLETTER_VERBS)[number];

/** What bulk acts are done to: the jobs that were named, or all that fit. */
export const bulkSchema = z.object({
  verb: z.enum(["retry", "remove", "cancel"]),
  ids: z
    .array(z.string().regex(/^[0-9a-f]{24}$/))
    .max(1_000)
    .default([]),
  filter: z
    .strictObject({
      state: z.enum(JOB_STATES).optional(),
      queue: z.string().min(1).max(200).optional(),
      handler: z.string().min(1).max(200).optional(),
      action: z.string().min(1).max(200).optional(),
    })
    .optional(),
});
export type Bulk = z.output<typeof bulkSchema>;

export const SCHEDULE_VERBS = ["run", "pause", "resume"] as const;
export type ScheduleVerb = (typeof SCHEDULE_VERBS)[number];

const DONE: Readonly<Record<JobVerb, string>> = {
  retry: "It is due now, with all its attempts before it.",
  run: "It is due now.",
  reschedule: "It has another time now.",
  cancel: "It is taken back. A worker that runs it stops soon.",
  remove: "It is removed.",
};

/** Everything that can be done by the pages and the API. Each writes an audit line: who, what, to what, how many. */
export class Acts {
  readonly #board: Board;

  constructor(board: Board) {
    this.#board = board;
  }

  /** @throws JobStateError when it is gone, or in a state that does not allow it @throws InvalidOptionsError */
  async job(viewer: Viewer, id: string, { verb, runAt }: { verb: JobVerb; runAt?: Date }): Promise<Done> {
    const record = await this.#board.job(id);
    if (record === undefined) return { message: "There is no such job any more.", count: 0, isGone: true };
    const job = new Job(record, await this.#board.store());
    if (verb === "retry" || verb === "run") await job.retry();
    if (verb === "reschedule") await job.reschedule(runAt ?? new Date(Number.NaN));
    if (verb === "cancel") await job.cancel();
    if (verb === "remove") await job.remove();
    return this.#audited(
      viewer,
      { act: `job ${verb}`, subject: `${job.name} ${id}` },
      { message: DONE[verb], count: 1 },
    );
  }

  async bulk(viewer: Viewer, { verb, ids, filter }: Bulk): Promise<Done> {
    const count =
      ids.length > 0 ? await this.#each(ids, verb) : await this.#all(verb, filter as JobFilter | undefined);
    const subject = ids.length > 0 ? `${ids.length} jobs chosen` : JSON.stringify(filter ?? {});
    const what = { retry: "due now", remove: "removed", cancel: "taken back" }[verb];
    const isMore = ids.length === 0 && count === BULK_MOST;
    const more = isMore ? " There may be more of them: do it once more." : "";
    const message = `${counted(count, "job is", "jobs are")} ${what}.${more}`;
    const done = { message, count, ...(isMore && { isMore }) } as const;
    return this.#audited(viewer, { act: `jobs ${verb}`, subject }, done);
  }

  async queue(viewer: Viewer, name: string, verb: "pause" | "resume"): Promise<Done> {
    const store = await this.#board.store();
    Queue.named(name);
    if (verb === "pause") await store.pauseQueue(name);
    else await store.resumeQueue(name);
    const message =
      verb === "pause" ? `No worker takes from ${name} any more.` : `Workers take from ${name} again.`;
    return this.#audited(viewer, { act: `queue ${verb}`, subject: name }, { message, count: 1 });
  }

  async schedule(viewer: Viewer, name: string, verb: ScheduleVerb): Promise<Done> {
    const schedule = scheduleNamed(name);
    if (schedule === undefined)
      return { message: "This process knows no such schedule.", count: 0, isGone: true };
    const message = {
      run: `${name} is due now: a worker performs it.`,
      pause: `The times of ${name} pass by, until it is resumed.`,
      resume: `${name} goes on with its next time.`,
    }[verb];
    await (await this.#board.app()).scheduleActs()[verb](schedule);
    return this.#audited(viewer, { act: `schedule ${verb}`, subject: name }, { message, count: 1 });
  }

  /** @throws InvalidOptionsError when the newsletter was cancelled */
  async newsletter(viewer: Viewer, idOrKey: string, verb: NewsletterVerb): Promise<Done> {
    const newsletter = await this.#board.newsletter(idOrKey);
    if (newsletter === undefined)
      return { message: "There is no such newsletter any more.", count: 0, isGone: true };
    const count = verb === "retry" ? await newsletter.retry() : 1;
    if (verb !== "retry") await newsletter[verb]();
    const message = {
      pause: "It is paused.",
      resume: "It goes on.",
      cancel: "It is cancelled. What was sent stays recorded.",
      retry: `It is sent to ${count} once more.`,
    }[verb];
    return this.#audited(viewer, { act: `newsletter ${verb}`, subject: newsletter.key }, { message, count });
  }

  async #each(ids: readonly string[], verb: Bulk["verb"]): Promise<number> {
    const store = await this.#board.store();
    let count = 0;
    for (const id of ids) if (await store[verb](id)) count += 1;
    return count;
  }

  /** By a filter: what waits or runs is never cancelled by one, because a page shows a part of it only. */
  async #all(verb: Bulk["verb"], filter: JobFilter | undefined): Promise<number> {
    if (filter?.state === undefined || verb === "cancel") return 0;
    return verb === "retry" ? this.#board.retryAll(filter) : this.#board.removeAll(filter);
  }

  async #audited({ user }: Viewer, told: { act: string; subject: string }, done: Done): Promise<Done> {
    const app: App = await this.#board.app();
    app.events.emit("dashboard.acted", { user, ...told, count: done.count });
    return done;
  }
}
