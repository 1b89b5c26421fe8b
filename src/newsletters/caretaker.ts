import type { UnknownPolicy } from "../delivery/verdict.ts";
import type { Events } from "../events.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Chore } from "../queue/worker/chores.ts";
import { abandonChunk } from "./abandon-chunk.ts";
import { chunkJob } from "./chunk-job.ts";
import { finishNewsletter } from "./finish-newsletter.ts";
import { Journals } from "./journal/journals.ts";
import { sweepJournals } from "./journal-sweep.ts";
import type { NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";
import { type Orphan, orphansOf } from "./orphans.ts";
import { isOverEverywhere } from "./timing/timing.ts";

export interface CaretakerOptions {
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
  readonly events: Events;
  /** The journals that workers of this machine left behind. Defaults to none. */
  readonly journals?: Journals;
  /** @default "resend" */
  readonly unknown?: UnknownPolicy;
  /** How long ended newsletters are kept, in ms. Defaults to for ever. */
  readonly retention?: number | undefined;
}

/**
 * Makes sure that every pending recipient of a running newsletter has a job. A chunk without a job gets one. When the job of a chunk
 * failed for good, its recipients get their outcome. A newsletter whose chunks are all complete is finished. The caretaker also removes
 * journals that no worker takes over, and newsletters that ended longer ago than `retention`. Every worker has one; several do no harm.
 */
export class Caretaker implements Chore {
  readonly name = "tending newsletters";
  readonly everyMs = 30_000;
  readonly #options: Required<CaretakerOptions>;

  constructor({ unknown = "resend", retention, ...options }: CaretakerOptions) {
    const journals = new Journals({ folder: undefined, events: options.events });
    this.#options = { unknown, retention, journals, ...options };
  }

  /** @throws StoreError */
  async run(): Promise<void> {
    for (const newsletter of await this.#options.ledger.running()) await this.#tend(newsletter);
    await sweepJournals(this.#options);
    await this.#forget();
  }

  async #forget(): Promise<void> {
    const { retention, ledger, jobs } = this.#options;
    if (retention === undefined) return;
    for (const id of await ledger.endedBefore(retention)) {
      // Somebody may have made it run again meanwhile.
      if (await ledger.remove(id)) await jobs.removeAll({ group: id }, { running: true });
    }
  }

  async #tend(newsletter: NewsletterRecord): Promise<void> {
    const { id, key, planned } = newsletter;
    const { events, ledger } = this.#options;
    try {
      for await (const orphan of orphansOf(id, this.#options)) await this.#adopt(newsletter, orphan);
      await this.#wakeExpired(newsletter);
      if (planned && (await ledger.countIncomplete(id)) === 0) await finishNewsletter(id, this.#options);
    } catch (error) {
      // A fault of one newsletter must not keep the caretaker from the others.
      events.emit("newsletter.error", { id, key, during: this.name, error });
    }
  }

  /** After `stopBy`, the jobs of the chunks record the recipients that are left. These jobs may wait for something else, so they are woken. */
  async #wakeExpired({ id, timing }: NewsletterRecord): Promise<void> {
    const { jobs, ledger } = this.#options;
    if (timing?.stopBy === undefined || !isOverEverywhere(timing, Date.now() + jobs.clockOffset)) return;
    if ((await ledger.countIncomplete(id)) > 0) await jobs.wakeGroup(id);
  }

  async #adopt(newsletter: NewsletterRecord, { chunkId, failedJob }: Orphan): Promise<void> {
    if (failedJob) await abandonChunk(chunkId, failedJob.lastError ?? "", this.#options);
    else await this.#options.jobs.insert([chunkJob(newsletter, chunkId)]);
  }
}
