import { PermanentFailure, UnknownActionError } from "../errors/errors.ts";
import type { EnqueueRequest } from "../jobs/application.ts";
import type { Attempt, Call, JobHandler } from "../jobs/handler.ts";
import { callsOf, type Schedule, scheduleNamed, schedules } from "./schedule.ts";

/** The stored name of tick jobs. */
export const TICKS = "delayed-mailer.schedule";

/** How long after it is done a tick is remembered by its key, in ms: longer than a retry of its job can lie apart. */
export const REMEMBER_MS = 7 * 24 * 3_600_000;

/** Somebody else wrote the job, or changed it. */
const NO_TIME =
  "This job does not say which time of its schedule it is for. Remove it: the schedule stores the next one by itself.";

export interface TickPerformerOptions {
  /** Stores calls; the application's. */
  readonly post: (requests: readonly EnqueueRequest[]) => Promise<unknown>;
}

/** Performs the ticks of schedules: each is a job, with the retries and the log of one. */
export class TickPerformer implements JobHandler {
  readonly name = TICKS;
  readonly aliases: readonly string[] = [];
  readonly settings = {};
  readonly #options: TickPerformerOptions;

  constructor(options: TickPerformerOptions) {
    this.#options = options;
  }

  has(action: string): boolean {
    return scheduleNamed(action) !== undefined;
  }

  actions(): readonly string[] {
    return schedules().map(({ name }) => `schedule ${name}`);
  }

  async check(_action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    return args;
  }

  /** @throws UnknownActionError | PermanentFailure | InvalidOptionsError, and what the schedule throws */
  async perform({ action, args: [at] }: Call, _attempt: Attempt): Promise<void> {
    const schedule = scheduleNamed(action);
    if (schedule === undefined) throw new UnknownActionError(TICKS, action, this.actions());
    if (!(at instanceof Date)) throw new PermanentFailure(NO_TIME, { reason: "invalid-tick" });
    const planned: unknown = await schedule.atTick({ schedule: schedule.name, at });
    const calls = callsOf(schedule, planned);
    if (calls.length > 0)
      await this.#options.post(
        calls.map((call, index) => ({
          call,
          options: { uniqueKey: `${tickKey(schedule, at)}:${index}`, uniqueFor: REMEMBER_MS },
        })),
      );
  }
}

export function tickKey({ name }: Pick<Schedule, "name">, at: Date): string {
  return `schedule:${name}:${at.toISOString()}`;
}
