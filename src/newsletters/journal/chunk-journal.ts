import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { byteOf, type RecipientOutcome } from "../outcome.ts";
import {
  encodeHeader,
  encodeRecord,
  GAPS_AT,
  type JournalHeader,
  type Mark,
  RECORD_BYTES,
  seedOf,
} from "./journal-format.ts";

/** What one attempt at a chunk writes down of its mails, on this machine, before it does what follows. None of it ever throws. */
export interface ChunkJournal {
  /** Mails are to be begun: from now on what is not in it did not happen. */
  start(): void;
  /** It is this recipient's turn: if the process dies on his mail, he is known. */
  begun(index: number): void;
  /** The final dot of this recipient's mail leaves as soon as this returns. */
  dot(index: number): void;
  /** The answer to it was read, or it came to an end without one. @param outcome `pending` where it is to be sent again */
  reply(index: number, outcome: RecipientOutcome, code?: number): void;
  /** The attempt is over. @param isRecorded whether the store has all of it, so that it is not needed any more */
  close(isRecorded: boolean): void;
}

export interface FileJournalOptions {
  readonly path: string;
  readonly header: JournalHeader;
  /** The first of several failures in a row. */
  readonly onError: (error: unknown) => void;
}

/**
 * A file for one attempt at one chunk. Each record is written by one call that returns when the kernel has it: so it outlives the process
 * however that ends, and needs no sync, because only the machine's end loses it. A few bytes for each mail, and gone with the attempt.
 *
 * When it cannot be written, mails are sent all the same: a full disk must not keep a newsletter from everybody. The file then says that
 * it has gaps.
 */
export class FileJournal implements ChunkJournal {
  readonly #options: FileJournalOptions;
  readonly #record = Buffer.alloc(RECORD_BYTES);
  #file: number | undefined;
  #seed = 0;
  /** Up to where everything is whole. */
  #length = 0;
  #isFailing = false;

  constructor(options: FileJournalOptions) {
    this.#options = options;
  }

  start(): void {
    this.#try(() => this.#open());
  }

  begun(index: number): void {
    this.#write(index, { kind: "begun" });
  }

  dot(index: number): void {
    this.#write(index, { kind: "dot" });
  }

  reply(index: number, outcome: RecipientOutcome, code = 0): void {
    this.#write(index, { kind: "reply", outcome: byteOf(outcome), code: code > 0xffff ? 0 : code });
  }

  close(isRecorded: boolean): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    if (isRecorded) rmSync(this.#options.path, { force: true });
  }

  #write(index: number, mark: Mark): void {
    this.#try(() => {
      const file = this.#open();
      encodeRecord(this.#record, this.#seed, index, mark);
      this.#append(file, this.#record);
    });
  }

  #try(write: () => void): void {
    try {
      write();
      this.#isFailing = false;
    } catch (error) {
      this.#noteGap();
      if (!this.#isFailing) this.#options.onError(error);
      this.#isFailing = true;
    }
  }

  /** Made with the first mail: most attempts at a chunk that waits for something send none. */
  #open(): number {
    if (this.#file !== undefined) return this.#file;
    const { path, header } = this.#options;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const file = openSync(path, "wx", 0o600);
    const head = encodeHeader(header);
    try {
      this.#append(file, head);
    } catch (error) {
      closeSync(file);
      rmSync(path, { force: true });
      throw error;
    }
    this.#seed = seedOf(head);
    this.#file = file;
    return file;
  }

  #append(file: number, bytes: Buffer): void {
    const written = writeSync(file, bytes, 0, bytes.length, this.#length);
    if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written`);
    this.#length += written;
  }

  #noteGap(): void {
    if (this.#file === undefined) return;
    try {
      if (fstatSync(this.#file).size > this.#length) ftruncateSync(this.#file, this.#length);
      writeSync(this.#file, Uint8Array.of(1), 0, 1, GAPS_AT);
    } catch {
      // Nothing can be said any more; a record that is cut off tells as much.
    }
  }
}

/** Where there is no journal. */
export const NO_JOURNAL: ChunkJournal = {
  start: () => undefined,
  begun: () => undefined,
  dot: () => undefined,
  reply: () => undefined,
  close: () => undefined,
};
