import type { Events } from "../events.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { JobDefaults } from "../queue/enqueue/new-job.ts";
import type { Schedule } from "./schedule.ts";
import type { ScheduleStore } from "./schedule-store.ts";
import { tickJob } from "./tick-job.ts";

export interface ScheduleActsOptions {
  readonly jobs: Pick<JobStore, "insert" | "clockOffset">;
  readonly ledger: ScheduleStore;
  readonly events: Events;
  readonly defaults: JobDefaults;
}

/** What people do to schedules. A pause is kept in the store and holds for all workers. */
export class ScheduleActs {
  readonly #options: ScheduleActsOptions;

  constructor(options: ScheduleActsOptions) {
    this.#options = options;
  }

  /**
   * Stores a tick for now, whether or not the schedule is paused. Its time is a whole second, so that who presses twice does it once.
   * @returns the time of the tick, and whether it is new
   */
  async run(schedule: Schedule): Promise<{ readonly at: Date; readonly isNew: boolean }> {
    const { jobs, events, defaults } = this.#options;
    const at = new Date(Math.floor(this.#now().getTime() / 1_000) * 1_000);
    const [stored] = await jobs.insert([tickJob(schedule, at, defaults)]);
    const isNew = stored?.inserted === true;
    if (isNew) events.emit("job.enqueued", { job: stored.record });
    return { at, isNew };
  }

  pause({ name }: Schedule): Promise<void> {
    return this.#options.ledger.pause(name, this.#now());
  }

  /** What came while it was paused is not missed. */
  resume({ name }: Schedule): Promise<void> {
    return this.#options.ledger.resume(name, this.#now());
  }

  #now(): Date {
    return new Date(Date.now() + this.#options.jobs.clockOffset);
  }
}
