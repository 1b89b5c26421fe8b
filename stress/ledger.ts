import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Temper } from "./mail/temper.ts";

/** Which job an entry is about: `call` is what was asked for, `id` the job it became, `token` one claim of it. */
interface OfJob {
  readonly call: string;
  readonly id: string;
}

interface OfRun extends OfJob {
  readonly token: string;
}

/** What a process writes down. The reconciler knows nothing but these lines and what is left in the store. */
export type Fact =
  /** About to be enqueued. */
  | {
      readonly what: "asked";
      readonly call: string;
      readonly kind: string;
      readonly key?: string;
      readonly conflict?: "ignore" | "replace" | "error";
      /** Not to be run sooner, in ms. */
      readonly delay?: number;
    }
  /** The enqueue was acknowledged. */
  | ({ readonly what: "stored"; readonly isNew: boolean; readonly inPlace: boolean } & OfJob)
  /** The enqueue failed. With `maybe` the job may be there all the same. */
  | { readonly what: "refused"; readonly call: string; readonly error: string; readonly maybe: boolean }
  | ({ readonly what: "started"; readonly attempt: number; readonly maxAttempts: number } & OfRun)
  /** Something that cannot be undone, and whether the run might still do such things when it asked. */
  | ({ readonly what: "effect"; readonly isLive: boolean } & OfRun)
  | ({ readonly what: "ended"; readonly well: boolean } & OfRun)
  /** The store has it: what became of a run, as the events of the worker tell it. */
  | ({ readonly what: "done" | "retried" | "released" } & OfRun)
  | ({ readonly what: "failed"; readonly reason: string } & OfRun)
  /** The worker was told that the job is not its own any more. */
  | { readonly what: "lost"; readonly id: string }
  /** The event loop stood still for so long, in ms. */
  | { readonly what: "lagged"; readonly ms: number }
  | { readonly what: "worker"; readonly worker: string }
  /** The mail server took a mail. */
  | { readonly what: "mail"; readonly call: string }
  /** It took a mail of a newsletter, from the process `client`; with `dropped` it dropped the line instead of an answer. */
  | {
      readonly what: "taken";
      readonly recipient: string;
      readonly messageId: string;
      readonly client: number;
      readonly dropped?: true;
    }
  /** The mail server closed all its connections. */
  | { readonly what: "hung up" }
  /** A mail server is there, and treats its clients so. */
  | ({ readonly what: "serving" } & Temper)
  /** A newsletter is about to be planned for the first time. */
  | { readonly what: "announced"; readonly key: string; readonly size: number; readonly chunkSize: number }
  /** Whoever planned it was told that it is planned. */
  | { readonly what: "planned"; readonly key: string }
  | { readonly what: "unplanned"; readonly key: string; readonly error: string }
  /** Written by the parent, about the process `target`. */
  | { readonly what: "killed" | "paused" | "continued" | "stopped"; readonly target: number }
  | {
      readonly what: "gone";
      readonly target: number;
      readonly code: number | null;
      readonly signal: string | null;
    }
  /** What a process that died held by then, as the store says. */
  | { readonly what: "held"; readonly target: number; readonly ids: readonly string[] }
  /** Something was done to the store or the way to it; `over` ends it. */
  | { readonly what: "fault" | "over"; readonly fault: string; readonly number: number };

export type Entry = Fact & {
  /** In ms of the clock that all processes of this machine share and nobody sets. */
  readonly at: number;
  readonly pid: number;
  /** The process's name. */
  readonly by: string;
};

/** An entry of one sort. */
export type EntryOf<W extends Fact["what"]> = Sort<Entry, W>;

type Sort<E extends Entry, W> = E extends Entry
  ? [E["what"] & W] extends [never]
    ? never
    : E & { readonly what: W }
  : never;

/** CLOCK_MONOTONIC, in ms. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Appends to a file of this process's own. Each line is in the kernel's page cache when `write` returns, so it survives whatever
 * happens to the process.
 */
export class Ledger {
  readonly #name: string;
  readonly #file: number;

  /** @param name of this process; no other one of the run has it */
  constructor(folder: string, name: string) {
    mkdirSync(folder, { recursive: true });
    this.#name = name;
    this.#file = openSync(join(folder, `${name}.jsonl`), "a");
  }

  write(fact: Fact): void {
    const entry: Entry = { at: now(), pid: process.pid, by: this.#name, ...fact };
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** Reads what all processes wrote, as far as it is new. */
export class LedgerReader {
  readonly #folder: string;
  readonly #prefix: string;
  readonly #files = new Map<string, { readonly file: number; offset: number }>();

  /** @param prefix of the names of the processes whose files are read; default all */
  constructor(folder: string, prefix = "") {
    this.#folder = folder;
    this.#prefix = prefix;
  }

  /** In the order of time. */
  read(): readonly Entry[] {
    const names = readdirSync(this.#folder).filter(
      (name) => name.startsWith(this.#prefix) && name.endsWith(".jsonl"),
    );
    return names.flatMap((name) => this.#readFile(name)).sort((a, b) => a.at - b.at);
  }

  close(): void {
    for (const { file } of this.#files.values()) closeSync(file);
    this.#files.clear();
  }

  /** A line without its end is left for the next time: its process is writing it, or died while it did. */
  #readFile(name: string): readonly Entry[] {
    const reading = this.#files.get(name) ?? { file: openSync(join(this.#folder, name), "r"), offset: 0 };
    this.#files.set(name, reading);
    const bytes = Buffer.alloc(fstatSync(reading.file).size - reading.offset);
    const length = readSync(reading.file, bytes, 0, bytes.length, reading.offset);
    const end = bytes.subarray(0, length).lastIndexOf("\n") + 1;
    reading.offset += end;
    const lines = bytes.toString("utf8", 0, end).split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Entry);
  }
}
