import type { Random } from "../random.ts";
import { Member, type MemberOptions } from "./member.ts";

export interface CrewOptions extends MemberOptions {
  readonly workers: number;
  /** Flags of `delayed-mailer worker`. */
  readonly workerFlags: readonly string[];
  /** What each of the two producers enqueues in a second, without bulk writes. */
  readonly perSecond: number;
  /** The SQLite file somebody else writes to. */
  readonly lockFile: string | undefined;
}

/** All the processes of a run. */
export class Crew {
  readonly workers: readonly Member[];
  /** A producer that nobody kills. */
  readonly steady: Member;
  readonly mortal: Member;
  readonly lockHolder: Member | undefined;

  constructor({ workers, workerFlags: args, perSecond, lockFile, ...options }: CrewOptions) {
    const member = (post: Member["post"]) => new Member(post, options);
    this.workers = Array.from({ length: workers }, (_, index) =>
      member({ name: `worker-${index + 1}`, script: "worker", args }),
    );
    this.steady = member({ name: "steady", script: "producer", args: [String(perSecond)] });
    this.mortal = member({ name: "mortal", script: "producer", args: [String(perSecond)] });
    if (lockFile !== undefined)
      this.lockHolder = member({ name: "lock-holder", script: "lock-holder", args: [lockFile] });
  }

  /** Undefined when more than half of them are away already: on a slow machine there would soon be none that does anything. */
  aWorker(random: Random): Member | undefined {
    const atWork = this.workers.filter(({ isAtWork }) => isAtWork);
    return atWork.length >= this.workers.length / 2 ? random.pick(atWork) : undefined;
  }

  /** Nothing is enqueued any more, and nobody else is in the way. */
  async endProducing(): Promise<void> {
    await Promise.all(this.#others.map((member) => member.giveUp(30_000)));
  }

  /** @param graceMs 0 kills them */
  async end(graceMs: number): Promise<void> {
    await Promise.all([...this.workers, ...this.#others].map((member) => member.giveUp(graceMs)));
  }

  get #others(): readonly Member[] {
    return [this.steady, this.mortal, ...(this.lockHolder ? [this.lockHolder] : [])];
  }
}
