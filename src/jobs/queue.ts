import { InvalidOptionsError } from "../errors/errors.ts";
import { application } from "./application.ts";
import type { NewerJobs, OverdueJobs, QueueStatus } from "./job-record.ts";
import { CALL_FORMAT } from "./stored-value.ts";

const NO_JOBS = { ready: 0, leased: 0, failed: 0, done: 0 };

/**
 * A queue by its name; it needs no declaration, and is there as long as a job names it.
 * @example await Queue.named("newsletters").pause();
 */
export class Queue {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** @throws InvalidOptionsError when it cannot be a queue's name */
  static named(name: string): Queue {
    if (typeof name !== "string" || name === "")
      throw new InvalidOptionsError("Queue.named", ['give the name of a queue, such as "mail"']);
    return new Queue(name);
  }

  /** Every queue that has jobs or is paused, by name. */
  static async all(): Promise<readonly QueueStatus[]> {
    const { store } = await application();
    const [counts, paused] = await Promise.all([store.counts(), store.pausedQueues()]);
    const names = [...new Set([...counts.map(({ queue }) => queue), ...paused])].sort();
    return names.map((name) => {
      const own = counts.filter(({ queue }) => queue === name).map(({ state, count }) => [state, count]);
      return { ...NO_JOBS, ...Object.fromEntries(own), name, paused: paused.includes(name) };
    });
  }

  /**
   * Queues whose jobs nobody works: they have been due for longer than `maxAge`, in ms, and are neither running nor paused. What is due
   * later does not count.
   * @example if ((await Queue.overdue(300_000)).length > 0) alarm();
   */
  static async overdue(maxAge: number): Promise<readonly OverdueJobs[]> {
    if (!(maxAge >= 0))
      throw new InvalidOptionsError("Queue.overdue", ["maxAge: must be milliseconds, 0 or more"]);
    const { store } = await application();
    const before = new Date(Date.now() + store.clockOffset - maxAge);
    const [overdue, paused] = await Promise.all([store.overdue(before), store.pausedQueues()]);
    return overdue.filter(({ queue }) => !paused.includes(queue));
  }

  /**
   * Waiting jobs that a newer version of this library stored more than `maxAge` ago, in ms, and that no worker of that version took; in
   * all queues. Undefined when there is none.
   */
  static async newer(maxAge: number): Promise<NewerJobs | undefined> {
    if (!(maxAge >= 0))
      throw new InvalidOptionsError("Queue.newer", ["maxAge: must be milliseconds, 0 or more"]);
    const { store } = await application();
    return store.newer(CALL_FORMAT, new Date(Date.now() + store.clockOffset - maxAge));
  }

  /**
   * No worker claims a job of this queue any more, until it is resumed; what runs goes on, and jobs can be stored. Workers in other
   * processes obey within seconds.
   */
  async pause(): Promise<void> {
    await (await application()).store.pauseQueue(this.name);
  }

  async resume(): Promise<void> {
    await (await application()).store.resumeQueue(this.name);
  }

  async status(): Promise<QueueStatus> {
    const found = (await Queue.all()).find(({ name }) => name === this.name);
    return found ?? { ...NO_JOBS, name: this.name, paused: false };
  }
}
