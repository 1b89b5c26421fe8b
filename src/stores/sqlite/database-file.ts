import { closeSync, mkdirSync, openSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { StoreGoneError } from "../../errors/errors.ts";

const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** The file of a database. Only its owner can read it, because arguments of calls are private. */
export class DatabaseFile {
  readonly path: string;
  readonly #opened: Stats;

  /** Makes the file and its folder where they are missing. What exists keeps its permissions. SQLite gives its -wal and -shm files the same. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
    closeSync(openSync(path, "a", OWNER_ONLY_FILE));
    this.path = path;
    this.#opened = statSync(path);
  }

  /** Whether the file that was opened is still at its path. An open file goes on working after it was deleted. */
  get isThere(): boolean {
    try {
      const found = statSync(this.path, { throwIfNoEntry: false });
      return found !== undefined && found.ino === this.#opened.ino && found.dev === this.#opened.dev;
    } catch {
      // A path that cannot be looked at says nothing of the file.
      return true;
    }
  }

  /** @throws StoreGoneError */
  check(): void {
    if (!this.isThere) throw new StoreGoneError(this.path);
  }
}
