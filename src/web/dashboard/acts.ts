import { z } from "zod";
import type { App } from "../../app/app.ts";
import { Job } from "../../jobs/job.ts";
import { JOB_STATES, type JobFilter } from "../../jobs/job-record.ts";
import { Queue } from "../../jobs/queue.ts";
import { scheduleNamed } from "../../schedules/schedule.ts";
import { counted, number } from "../page/html.ts";
import { T } from "../texts.ts";
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
  retry: T.isRetried,
  run: T.isDueNow,
  reschedule: T.isRescheduled,
  cancel: T.isCancelled,
  remove: T.isRemoved,
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
    if (record === undefined) return { message: T.jobIsGone, count: 0, isGone: true };
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
    const subject = ids.length > 0 ? T.jobsChosen(ids.length) : JSON.stringify(filter ?? {});
    const what = { retry: T.dueNow, remove: T.removed, cancel: T.takenBack }[verb];
    const isMore = ids.length === 0 && count === BULK_MOST;
    const more = isMore ? T.mayBeMore : "";
    const message = `${counted(count, T.jobIs, T.jobsAre)} ${what}.${more}`;
    const done = { message, count, ...(isMore && { isMore }) } as const;
    return this.#audited(viewer, { act: `jobs ${verb}`, subject }, done);
  }

  async queue(viewer: Viewer, name: string, verb: "pause" | "resume"): Promise<Done> {
    const store = await this.#board.store();
    Queue.named(name);
    if (verb === "pause") await store.pauseQueue(name);
    else await store.resumeQueue(name);
    const message = verb === "pause" ? T.queueIsPaused(name) : T.queueIsOpen(name);
    return this.#audited(viewer, { act: `queue ${verb}`, subject: name }, { message, count: 1 });
  }

  async schedule(viewer: Viewer, name: string, verb: ScheduleVerb): Promise<Done> {
    const schedule = scheduleNamed(name);
    if (schedule === undefined) return { message: T.noSuchSchedule, count: 0, isGone: true };
    const message = {
      run: T.scheduleIsDue(name),
      pause: T.scheduleIsPaused(name),
      resume: T.scheduleGoesOn(name),
    }[verb];
    await (await this.#board.app()).scheduleActs()[verb](schedule);
    return this.#audited(viewer, { act: `schedule ${verb}`, subject: name }, { message, count: 1 });
  }

  /** @throws InvalidOptionsError when the newsletter was cancelled */
  async newsletter(viewer: Viewer, idOrKey: string, verb: NewsletterVerb): Promise<Done> {
    const newsletter = await this.#board.newsletter(idOrKey);
    if (newsletter === undefined) return { message: T.newsletterIsGone, count: 0, isGone: true };
    const count = verb === "retry" ? await newsletter.retry() : 1;
    if (verb !== "retry") await newsletter[verb]();
    const message = {
      pause: T.newsletterIsPaused,
      resume: T.newsletterGoesOn,
      cancel: T.newsletterIsCancelled,
      retry: T.sentOnceMore(number(count)),
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
