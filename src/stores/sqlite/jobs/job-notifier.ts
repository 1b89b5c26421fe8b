import type { Database } from "../database.ts";
import { isBusy } from "../sqlite-error.ts";

const LOOK_EVERY_MS = 100;

/** Tells when jobs may have become ready: at once in this process, and within a tenth of a second from another. */
export class JobNotifier {
  readonly #database: Database;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #version = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  ring(): void {
    for (const listener of this.#listeners) listener();
  }

  /** @returns stop */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#version = this.#dataVersion();
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** `data_version` changes when another connection committed; reading it costs no query. While the file is busy it is as it was. */
  #look(): void {
    const version = this.#dataVersion();
    // Who comes for jobs then meets the error.
    if (version === this.#version && this.#database.isThere) return;
    this.#version = version;
    this.ring();
  }

  #dataVersion(): number {
    try {
      return Number(this.#database.pragma("data_version"));
    } catch (error) {
      if (isBusy(error)) return this.#version;
      throw error;
    }
  }
}
