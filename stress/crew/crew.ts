import type { Random } from "../random.ts";
import { Member, type MemberOptions } from "./member.ts";

export interface CrewOptions extends MemberOptions {
  readonly workers: number;
  /** Flags of `delayed-mailer worker`. */
  readonly workerFlags: readonly string[];
  /** What each of the two producers enqueues in a second, without bulk writes; 0 for no producers. */
  readonly perSecond: number;
  readonly smtpPort: number;
  /** The SQLite file somebody else writes to. */
  readonly lockFile: string | undefined;
}

/** How long those who plan newsletters may take over their end, in ms: more than the lease of a planner that was killed. */
const PLANNING_MS = 90_000;

/** All the processes of a run. */
export class Crew {
  readonly workers: readonly Member[];
  /** Of jobs. Nobody kills the first. */
  readonly producers: readonly Member[];
  /** Of newsletters. */
  readonly editors: readonly Member[];
  readonly mailServer: Member;
  readonly lockHolder: Member | undefined;

  constructor({ workers, workerFlags: args, perSecond, smtpPort, lockFile, ...options }: CrewOptions) {
    const member = (post: Member["post"]) => new Member(post, options);
    this.workers = Array.from({ length: workers }, (_, index) =>
      member({ name: `worker-${index + 1}`, script: "worker", args }),
    );
    this.producers = (perSecond > 0 ? ["steady", "mortal"] : []).map((name) =>
      member({ name, script: "producer", args: [String(perSecond)] }),
    );
    this.editors = ["editor-1", "editor-2"].map((name) => member({ name, script: "editor", args: [] }));
    this.mailServer = member({ name: "mail-server", script: "mail-server", args: [String(smtpPort)] });
    if (lockFile !== undefined)
      this.lockHolder = member({ name: "lock-holder", script: "lock-holder", args: [lockFile] });
  }

  /** Undefined when more than half of them are away already: on a slow machine there would soon be none that does anything. */
  aWorker(random: Random): Member | undefined {
    const atWork = this.workers.filter(({ isAtWork }) => isAtWork);
    return atWork.length >= this.workers.length / 2 ? random.pick(atWork) : undefined;
  }

  /** Nothing is enqueued any more, nobody is in the way, and the mail server is as it should be. Newsletters are planned to their end. */
  async endProducing(): Promise<void> {
    await this.mailServer.untilAtWork();
    this.mailServer.send("calm down");
    await Promise.all(this.#others.map((member) => member.giveUp(PLANNING_MS)));
  }

  /** @param graceMs 0 kills them */
  async end(graceMs: number): Promise<void> {
    await Promise.all([...this.workers, ...this.#others].map((member) => member.giveUp(graceMs)));
    await this.mailServer.giveUp(graceMs);
  }

  get #others(): readonly Member[] {
    return [...this.producers, ...this.editors, ...(this.lockHolder ? [this.lockHolder] : [])];
  }
}
