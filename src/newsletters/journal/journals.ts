import { createHash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Events } from "../../events.ts";
import { bootId } from "./boot.ts";
import { type ChunkJournal, FileJournal, NO_JOURNAL } from "./chunk-journal.ts";
import { type ReadJournal, readJournal } from "./journal-format.ts";

export interface JournalsOptions {
  /** Made when it is needed. Undefined: no journals are kept. */
  readonly folder: string | undefined;
  readonly events: Pick<Events, "emit">;
  /** Defaults to that of this machine. */
  readonly boot?: string;
}

/** A journal that an earlier attempt left behind. */
export interface LeftJournal extends ReadJournal {
  readonly path: string;
  /** Whether nothing happened that is not in it: it is of the same run of this machine, and undamaged. */
  readonly isWhole: boolean;
}

const SUFFIX = ".journal";
const SET_ASIDE = ".set-aside";
/** What nobody asks for is removed after so long, in ms. */
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * The journals of chunks in one folder, which all workers of a machine share. Each attempt at a chunk has a file of its own, which is
 * removed when the store has all that is in it; so there are as many as chunks are being sent, and those that killed workers left.
 */
export class Journals {
  readonly #folder: string | undefined;
  readonly #events: Pick<Events, "emit">;
  readonly #boot: string;

  constructor({ folder, events, boot = bootId() }: JournalsOptions) {
    this.#folder = folder;
    this.#events = events;
    this.#boot = boot;
  }

  /** For one attempt at a chunk. */
  open(chunk: string, token: string): ChunkJournal {
    if (this.#folder === undefined) return NO_JOURNAL;
    const { pid } = process;
    return new FileJournal({
      path: join(this.#folder, `${nameOf(chunk)}.${hashOf(token)}${SUFFIX}`),
      header: { chunk, token, worker: `${hostname()}:${pid}`, pid, boot: this.#boot },
      onError: (error) => this.#tell("writing", error),
    });
  }

  /** What earlier attempts at a chunk left behind on this machine. Never rejects: what cannot be read is told, and cannot be used. */
  async left(chunk: string): Promise<readonly LeftJournal[]> {
    const files = (await this.#files()).filter((file) => file.startsWith(`${nameOf(chunk)}.`));
    const read = await Promise.all(files.map((file) => this.#read(file)));
    return read.flatMap((journal) => (journal?.header.chunk === chunk ? [journal] : []));
  }

  /** Those that were not written for `ms`, and whose process is not known to live. */
  async abandoned(ms: number): Promise<readonly LeftJournal[]> {
    const found: LeftJournal[] = [];
    for (const file of await this.#files()) {
      const age = await this.#ageOf(file);
      if (age < ms) continue;
      const journal = await this.#read(file);
      if (journal && !this.#isAlive(journal)) found.push(journal);
    }
    return found;
  }

  /** The store has what is in them. What is damaged is kept under another name, so that somebody may look at it. */
  async settle(journals: readonly LeftJournal[]): Promise<void> {
    for (const { path, damage } of journals)
      await (damage === undefined ? rm(path, { force: true }) : this.#setAside(path, damage));
  }

  /** Removes what nobody asked for in a week. */
  async clear(): Promise<void> {
    for (const file of await this.#entries())
      if (/\.(journal|set-aside)$/.test(file) && (await this.#ageOf(file)) > KEPT_MS)
        await rm(join(this.#folder ?? "", file), { force: true });
  }

  async #files(): Promise<readonly string[]> {
    return (await this.#entries()).filter((file) => file.endsWith(SUFFIX));
  }

  async #entries(): Promise<readonly string[]> {
    if (this.#folder === undefined) return [];
    try {
      const entries: readonly Dirent[] = await readdir(this.#folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    } catch (error) {
      // Nothing was written yet.
      if (codeOf(error) !== "ENOENT") this.#tell("reading", error);
      return [];
    }
  }

  async #read(file: string): Promise<LeftJournal | undefined> {
    const path = join(this.#folder ?? "", file);
    try {
      const bytes = await readFile(path);
      // Made this very moment.
      if (bytes.length === 0) return undefined;
      const journal = readJournal(bytes);
      if ("unreadable" in journal) {
        await this.#setAside(path, journal.unreadable);
        return undefined;
      }
      const { header, hasGaps, damage } = journal;
      const isOfThisRun = this.#boot !== "" && header.boot === this.#boot;
      return { ...journal, path, isWhole: isOfThisRun && !hasGaps && damage === undefined };
    } catch (error) {
      // Another worker was faster.
      if (codeOf(error) !== "ENOENT") this.#tell("reading", error);
      return undefined;
    }
  }

  async #ageOf(file: string): Promise<number> {
    const found = await stat(join(this.#folder ?? "", file)).catch(() => undefined);
    return found === undefined ? 0 : Date.now() - found.mtimeMs;
  }

  #isAlive({ header }: LeftJournal): boolean {
    if (header.boot !== this.#boot) return false;
    try {
      return process.kill(header.pid, 0);
    } catch (error) {
      return codeOf(error) === "EPERM";
    }
  }

  async #setAside(path: string, reason: string): Promise<void> {
    this.#events.emit("journal.set-aside", { path: `${path}${SET_ASIDE}`, reason });
    await rename(path, `${path}${SET_ASIDE}`).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") this.#tell("setting aside", error);
    });
  }

  #tell(during: string, error: unknown): void {
    this.#events.emit("journal.failed", { folder: this.#folder ?? "", during, error });
  }
}

/** As a part of a file's name. */
function nameOf(chunk: string): string {
  return chunk.replaceAll(/[^\w-]/g, "-");
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 16);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
