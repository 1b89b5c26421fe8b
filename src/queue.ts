import { application } from "./application.ts";
import { InvalidOptionsError } from "./errors.ts";
import type { OverdueJobs, QueueStatus } from "./job-record.ts";

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
    if (name === "") throw new InvalidOptionsError("Queue.named", ["a queue has a name"]);
    return new Queue(name);
  }

  /** Every queue that has jobs or is paused, by name. */
  static async all(): Promise<readonly QueueStatus[]> {
    return (await application()).desk.queues();
  }

  /**
   * Queues whose jobs nobody works: they have been due for longer than `maxAge`, in ms, and are neither running nor paused. What is due
   * later does not count.
   * @example if ((await Queue.overdue(300_000)).length > 0) alarm();
   */
  static async overdue(maxAge: number): Promise<readonly OverdueJobs[]> {
    if (!(maxAge >= 0)) throw new InvalidOptionsError("Queue.overdue", ["maxAge: must be milliseconds"]);
    return (await application()).desk.overdue(maxAge);
  }

  /**
   * No worker claims a job of this queue any more, until it is resumed; what runs goes on, and jobs can be stored. Workers in other
   * processes obey within seconds.
   */
  async pause(): Promise<void> {
    await (await application()).desk.pauseQueue(this.name);
  }

  async resume(): Promise<void> {
    await (await application()).desk.resumeQueue(this.name);
  }

  async status(): Promise<QueueStatus> {
    const found = (await Queue.all()).find(({ name }) => name === this.name);
    return found ?? { name: this.name, paused: false, ready: 0, leased: 0, failed: 0, done: 0 };
  }
}
