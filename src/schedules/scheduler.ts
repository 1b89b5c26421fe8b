import type { Events } from "../events.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { JobDefaults } from "../queue/enqueue/new-job.ts";
import { WakeSignal } from "../queue/worker/timed-waits.ts";
import type { Schedule } from "./schedule.ts";
import type { ScheduleStore } from "./schedule-store.ts";
import { tickJob } from "./tick-job.ts";

export interface SchedulerOptions {
  readonly schedules: readonly Schedule[];
  readonly jobs: Pick<JobStore, "insert" | "clockOffset">;
  readonly ledger: ScheduleStore;
  readonly events: Events;
  readonly defaults: JobDefaults;
  /** @default Date.now */
  readonly now?: () => number;
}

/** The longest sleep, in ms: so soon is a clock that was set, or a machine that slept, noticed. */
const LONGEST_SLEEP_MS = 30_000;
const AFTER_ERROR_MS = 5_000;
/** A tick later than this is missed, in ms. */
const LATE_MS = 60_000;

/**
 * Stores the ticks of schedules as jobs when their time comes. Many may run at once, one in each worker process: a tick's job has a key,
 * so that it is stored once. The store is asked only when a tick is due.
 */
export class Scheduler {
  readonly #options: Required<SchedulerOptions>;
  readonly #stopped = new WakeSignal();
  /** The last tick known to be stored, by schedule. */
  readonly #last = new Map<string, Date>();
  #stopping = false;
  #running: Promise<void> = Promise.resolve();

  constructor({ now = Date.now, ...options }: SchedulerOptions) {
    this.#options = { now, ...options };
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopped.ring();
    await this.#running;
  }

  /** Stores what is due. @returns how long until something is, in ms */
  async look(): Promise<number> {
    for (const schedule of this.#options.schedules) await this.#lookAt(schedule);
    const now = this.#now();
    const next = this.#options.schedules.flatMap(({ times }) => times.next(now)?.getTime() ?? []);
    return Math.min(...next) - now.getTime();
  }

  async #run(): Promise<void> {
    while (!this.#stopping && this.#options.schedules.length > 0) {
      const wait = await this.look().catch((error: unknown) => {
        this.#options.events.emit("scheduler.error", { error });
        return AFTER_ERROR_MS;
      });
      if (!this.#stopping) await this.#stopped.sleep(Math.max(1, Math.min(wait, LONGEST_SLEEP_MS)));
    }
  }

  async #lookAt(schedule: Schedule): Promise<void> {
    const { ledger } = this.#options;
    const now = this.#now();
    const known = this.#last.get(schedule.name) ?? (await ledger.begin(schedule.name, now));
    this.#last.set(schedule.name, known);
    const next = schedule.times.next(known);
    if (next === undefined || next > now) return;
    // Another scheduler may have been here.
    const last = (await ledger.last(schedule.name)) ?? known;
    const due = [...schedule.times.between(last, now)];
    const newest = due.at(-1);
    // The times of a paused schedule pass by.
    const isPaused = (await ledger.paused()).includes(schedule.name);
    if (newest && !isPaused) await this.#store(schedule, wanted(due, schedule, now));
    if (newest) await ledger.advance(schedule.name, newest);
    this.#last.set(schedule.name, newest ?? last);
  }

  /** Stored first and noted after: a scheduler that dies in between stores nothing twice, because the tick's key is taken. */
  async #store(schedule: Schedule, ticks: readonly Date[]): Promise<void> {
    const { jobs, events, defaults } = this.#options;
    if (ticks.length === 0) return;
    const stored = await jobs.insert(ticks.map((at) => tickJob(schedule, at, defaults)));
    for (const { record, inserted } of stored) if (inserted) events.emit("job.enqueued", { job: record });
  }

  /** By the store's clock, so that schedulers whose clocks differ agree. */
  #now(): Date {
    return new Date(this.#options.now() + this.#options.jobs.clockOffset);
  }
}

/** Which of the ticks that are due are performed: on time there is one. */
function wanted(due: readonly Date[], { missed }: Schedule, now: Date): readonly Date[] {
  if (missed === "all") return due;
  if (missed === "once") return due.slice(-1);
  return due.filter((at) => now.getTime() - at.getTime() <= LATE_MS);
}
