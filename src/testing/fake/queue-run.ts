import type { NewsletterFailure } from "../../jobs/newsletter.ts";
import { FakeMailerError } from "./fake-mailer-error.ts";
import type { Fake } from "./fake-slot.ts";
import type { CaughtError, FailedPerformance } from "./recorder.ts";

export interface PerformedQueue {
  readonly succeeded: number;
  /** Attempts that ended in an error. */
  readonly failures: readonly FailedPerformance[];
  /** Recipients of newsletters who did not get their mail. */
  readonly recipients: readonly FailedRecipient[];
  /** What hooks, callbacks, observers and plugins threw meanwhile, which changed nothing for the mails. */
  readonly errors: readonly CaughtError[];
}

export interface FailedRecipient extends NewsletterFailure {
  /** Its key. */
  readonly newsletter: string;
}

interface QueueRunOptions {
  readonly queues: readonly string[];
  readonly until?: Date | undefined;
  readonly all: boolean;
  readonly allowFailures: boolean;
  readonly limit: number;
}

/** What `Date` can hold at most, in ms. */
const END_OF_TIME = 8.64e15;

/** A recipient's outcome that is nobody's mistake: stopped on purpose, left out by a schema, or not sent to any more. */
const ON_PURPOSE = ["stopped", "refused", "cancelled"];

/** One performance of everything that is due, or gets due up to some time. */
export class QueueRun {
  readonly #fake: Fake;
  readonly #options: QueueRunOptions;
  readonly #failuresBefore: number;
  readonly #errorsBefore: number;
  #attempts = 0;
  #succeeded = 0;

  constructor(fake: Fake, options: QueueRunOptions) {
    this.#fake = fake;
    this.#options = options;
    this.#failuresBefore = fake.recorder.failures.length;
    this.#errorsBefore = fake.recorder.errors.length;
  }

  /** @throws FakeMailerError when the limit is reached and something is due still */
  async run(): Promise<PerformedQueue> {
    const { mailer, clock, recorder } = this.#fake;
    recorder.newsletters.clear();
    while (await this.#step());
    if (this.#options.until && !this.#isFailed) clock.moveTo(this.#options.until.getTime());
    // Callbacks of mails that are sent may still run.
    await mailer.app.pipeline.close();
    return {
      succeeded: this.#succeeded,
      failures: this.#failures,
      recipients: await this.#failedRecipients(),
      errors: recorder.errors.slice(this.#errorsBefore),
    };
  }

  /** @returns whether there may be more to do */
  async #step(): Promise<boolean> {
    const performed = await this.#workOff();
    if (this.#isFailed) return false;
    if (performed > 0 && this.#attempts < this.#options.limit) return true;
    const next = await this.#nextDue();
    if (next === undefined) return false;
    if (this.#attempts >= this.#options.limit) throw this.#endless();
    this.#fake.clock.moveTo(next.getTime());
    return true;
  }

  /** One at a time, so that mails are sent in the order of their calls. @returns how many attempts were made */
  async #workOff(): Promise<number> {
    const { queues, limit } = this.#options;
    // A new worker each time: none leaves a queue alone because a mail server was down for another.
    const worker = this.#fake.mailer.app.worker({ queues, concurrency: 1 });
    try {
      const { succeeded, failed } = await worker.workOff(limit - this.#attempts);
      this.#succeeded += succeeded;
      this.#attempts += succeeded + failed;
      return succeeded + failed;
    } finally {
      await worker.close();
    }
  }

  async #nextDue(): Promise<Date | undefined> {
    const { mailer, clock } = this.#fake;
    const { queues, all, until } = this.#options;
    const now = clock.now();
    const end = all ? END_OF_TIME : (until?.getTime() ?? now);
    const request = { workerId: "", token: "", limit: 1, leaseMs: 0, queues };
    return mailer.app.store.nextDue(request, Math.max(0, end - now));
  }

  get #failures(): readonly FailedPerformance[] {
    return this.#fake.recorder.failures.slice(this.#failuresBefore);
  }

  get #isFailed(): boolean {
    return !this.#options.allowFailures && this.#failures.length > 0;
  }

  async #failedRecipients(): Promise<readonly FailedRecipient[]> {
    const { mailer, recorder } = this.#fake;
    const failed: FailedRecipient[] = [];
    for (const id of recorder.newsletters) {
      const newsletter = await mailer.app.newsletters.find(id);
      for await (const failure of newsletter?.failures() ?? [])
        if (!ON_PURPOSE.includes(failure.outcome))
          failed.push({ ...failure, newsletter: newsletter?.key ?? id });
    }
    return failed;
  }

  #endless(): FakeMailerError {
    const [next] = this.#fake.mailer.queued;
    return new FakeMailerError(
      `performQueued() has made ${this.#attempts} attempts, and there is more to perform, such as ${next?.name}. ` +
        "Does each call queue the next? Say how far to go with { until }, or how many are right with { limit }.",
    );
  }
}
