import type { Events } from "../events.ts";
import { callName } from "../jobs/handler.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import { type Counts, type CountsOf, NO_COUNTS, type Subject } from "./activity-store.ts";

/** So many queues and so many actions are counted by name in each process; the rest together, so that a history is bounded. */
const MOST_NAMES = 50;
/** What those are counted as that have no name of their own. */
export const OTHERS = "(others)";

type Writable = { -readonly [K in keyof Counts]: Counts[K] };

/** Counts what happens in one application, in memory, until it is taken. */
export class Tally {
  readonly #names: Readonly<Record<Subject, Set<string>>> = {
    all: new Set(),
    queue: new Set(),
    mail: new Set(),
  };
  #counts = new Map<string, CountsOf & { readonly counts: Writable }>();

  constructor(events: Events) {
    events.on("job.started", ({ job }) => this.#begun(job));
    events.on("job.done", ({ job }) => this.#ofJob(job, "done"));
    events.on("job.retried", ({ job }) => this.#ofJob(job, "retried"));
    events.on("job.failed", ({ job }) => this.#ofJob(job, "failed"));
    events.on("mail.sent", ({ mail }) => {
      this.#at("all", "").sent += 1;
      this.#at("mail", mail).sent += 1;
    });
    events.on("newsletter.recorded", ({ outcomes: { sent = 0 } }) => {
      if (sent > 0) this.#at("all", "").sent += sent;
    });
  }

  /** What was counted since it was taken last. */
  take(): readonly CountsOf[] {
    const counts = [...this.#counts.values()];
    this.#counts = new Map();
    return counts;
  }

  /** Puts back what could not be written. */
  putBack(all: readonly CountsOf[]): void {
    for (const { subject, name, counts } of all) {
      const into = this.#at(subject, name);
      into.done += counts.done;
      into.retried += counts.retried;
      into.failed += counts.failed;
      into.sent += counts.sent;
      into.begun += counts.begun;
      into.waitMs += counts.waitMs;
    }
  }

  #begun(job: JobRecord): void {
    const { runAt, lockedAt = runAt } = job;
    const waitMs = Math.max(0, lockedAt.getTime() - runAt.getTime());
    for (const counts of this.#all(job)) {
      counts.begun += 1;
      counts.waitMs += waitMs;
    }
  }

  #ofJob(job: JobRecord, what: "done" | "retried" | "failed"): void {
    for (const counts of this.#all(job)) counts[what] += 1;
  }

  #all({ handler, action, queue }: JobRecord): readonly Writable[] {
    return [this.#at("all", ""), this.#at("queue", queue), this.#at("mail", callName(handler, action))];
  }

  #at(subject: Subject, wanted: string): Writable {
    const known = this.#names[subject];
    if (known.size < MOST_NAMES) known.add(wanted);
    const name = known.has(wanted) ? wanted : OTHERS;
    const key = `${subject} ${name}`;
    const found = this.#counts.get(key);
    if (found) return found.counts;
    const counts: Writable = { ...NO_COUNTS };
    this.#counts.set(key, { subject, name, counts });
    return counts;
  }
}
