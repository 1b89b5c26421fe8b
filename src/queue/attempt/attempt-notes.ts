import { InvalidOptionsError, JobStateError } from "../../errors/errors.ts";
import type { Events } from "../../events.ts";
import type { JobLog } from "../../jobs/job-context.ts";
import type { JobProgress, JobRecord } from "../../jobs/job-record.ts";
import type { JobStore } from "../../jobs/job-store.ts";
import { encode } from "../../jobs/stored-value.ts";

/** How long a job's progress waits at least for the next write, in ms. */
const EVERY_MS = 500;
const LONGEST_TEXT = 500;

type Said = Omit<JobProgress, "at">;

export interface AttemptNotesOptions {
  readonly store: Pick<JobStore, "note">;
  readonly events: Events;
}

/** Stores and reports what one attempt says before it ends: its progress, its checkpoint, its log lines. */
export class AttemptNotes {
  readonly #job: JobRecord;
  readonly #store: Pick<JobStore, "note">;
  readonly #events: Events;
  #said: Said | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wroteAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(job: JobRecord, { store, events }: AttemptNotesOptions) {
    this.#job = job;
    this.#store = store;
    this.#events = events;
  }

  /** @throws InvalidOptionsError when `share` is not 0 to 1 */
  readonly reportProgress = (share: number, text?: string): void => {
    if (!(share >= 0 && share <= 1))
      throw new InvalidOptionsError("progress", [`must be from 0 to 1, and is ${share}`]);
    this.#said = { share, ...(text !== undefined && { text: text.toWellFormed().slice(0, LONGEST_TEXT) }) };
    this.#timer ??= setTimeout(() => this.#write(), this.#wroteAt + EVERY_MS - performance.now());
  };

  /** @throws JobStateError | UnstorableValueError | StoreError */
  readonly saveCheckpoint = async (value: unknown): Promise<void> => {
    const checkpoint = encode(value, "checkpoint");
    const { id, lockToken: token } = this.#job;
    // A job that is performed where it was called has no next attempt.
    if (token === undefined) return;
    if (await this.#store.note({ id, token }, { checkpoint })) return;
    throw new JobStateError(
      id,
      "belongs to another attempt by now, or was cancelled: its checkpoint is not saved",
    );
  };

  get log(): JobLog {
    const line =
      (level: keyof JobLog): JobLog["info"] =>
      (message, fields = {}) =>
        this.#events.emit("job.log", { job: this.#job, level, message, fields });
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }

  /** Writes what was said last, before the job's ending is written. */
  async flush(): Promise<void> {
    if (this.#timer) this.#write();
    await this.#writing;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const said = this.#said;
    this.#said = undefined;
    this.#wroteAt = performance.now();
    if (said) this.#writing = this.#writing.then(() => this.#tell(said));
  }

  /** Progress that cannot be stored is no reason to fail a job: its ending tells whether the store works. */
  async #tell(said: Said): Promise<void> {
    const { id, lockToken: token } = this.#job;
    const { share, text } = said;
    this.#events.emit("job.progress", { job: this.#job, share, text });
    if (token !== undefined) await this.#store.note({ id, token }, { progress: said }).catch(() => false);
  }
}
