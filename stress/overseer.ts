import { setTimeout as sleep } from "node:timers/promises";
import type { JobRecord } from "../src/index.ts";
import type { JobStore } from "../src/jobs/job-store.ts";
import type { NewsletterStore } from "../src/newsletters/newsletter-store.ts";
import type { Crew } from "./crew/crew.ts";
import { NEWSLETTERS } from "./jobs/mix.ts";
import type { Entry, LedgerReader } from "./ledger.ts";
import { persistently } from "./persistently.ts";

export interface OverseerOptions {
  readonly reader: LedgerReader;
  readonly jobs: JobStore;
  readonly ledger: NewsletterStore;
  readonly crew: Crew;
  readonly leaseMs: number;
  readonly say: (line: string) => void;
  readonly interrupt: AbortSignal;
}

const LOOK_EVERY_MS = 500;
const SAY_EVERY_MS = 5_000;
/** What may wait: little, so that what is freed begins at once, and a server that sorts all of it at every claim keeps up. */
const MOST_WAITING = 50;
/** Chunks of newsletters that may wait. */
const MOST_CHUNKS_WAITING = 10;
const AN_HOUR_MS = 3_600_000;
/** Nothing at all happens for so long: then nothing will. */
const PATIENCE_MS = 90_000;
/** When everything works again this is time enough for all that is left. */
const WORKING_OFF_MS = 300_000;

/** Watches a run: slows producers down, tells how far it is, and knows when everything is worked off. */
export class Overseer {
  readonly #options: OverseerOptions;
  readonly #counts = new Map<Entry["what"], number>();
  #entries: Entry[] = [];
  #saidAt = performance.now();

  constructor(options: OverseerOptions) {
    this.#options = options;
  }

  /** In the order of time. */
  get entries(): readonly Entry[] {
    this.#read();
    return this.#entries.toSorted((a, b) => a.at - b.at);
  }

  /** Waits until every worker has begun to work. */
  async untilStarted(workers: number): Promise<void> {
    while (this.#count("worker") < workers) await this.#look("starting");
  }

  /** Keeps the backlog small until it is told to stop. */
  async pace(stop: AbortSignal): Promise<void> {
    const { crew } = this.#options;
    while (!stop.aborted) {
      const waiting = await this.#waiting();
      const chunks = waiting.filter(({ queue }) => queue === NEWSLETTERS).length;
      const jobs = waiting.length - chunks;
      for (const producer of crew.producers) producer.send(jobs > MOST_WAITING ? "pause" : "go on");
      for (const editor of crew.editors) editor.send(chunks > MOST_CHUNKS_WAITING ? "pause" : "go on");
      await this.#look(`${jobs} jobs and ${chunks} chunks waiting`);
    }
  }

  /** Resolves when nothing is left but failed jobs and such as are due in hours, or when nothing happens any more. */
  async untilWorkedOff(): Promise<void> {
    const end = performance.now() + WORKING_OFF_MS;
    let lastSign = performance.now();
    for (let signs = this.#signs; performance.now() < end; signs = this.#signs) {
      const [jobs, newsletters] = [await this.#unfinished(), await this.#unfinishedNewsletters()];
      if (jobs + newsletters === 0) return;
      await this.#look(`working off, ${jobs} jobs and ${newsletters} newsletters left`);
      if (this.#signs > signs) lastSign = performance.now();
      if (performance.now() > lastSign + PATIENCE_MS + 3 * this.#options.leaseMs) return;
    }
  }

  /** How often something happened that gets the work on: a busy machine is none. */
  get #signs(): number {
    return this.#entries.length - this.#count("lagged");
  }

  async #unfinished(): Promise<number> {
    const { jobs } = this.#options;
    const leased = await persistently(() => jobs.count({ state: "leased" }));
    return leased + (await this.#waiting()).length;
  }

  async #unfinishedNewsletters(): Promise<number> {
    const all = await persistently(() => this.#options.ledger.list());
    return all.filter(({ state }) => state === "running" || state === "paused").length;
  }

  /** Without what is due in hours, and is there to be left alone. */
  async #waiting(): Promise<readonly JobRecord[]> {
    const { jobs } = this.#options;
    const soon = Date.now() + AN_HOUR_MS;
    const ready = await persistently(() => jobs.find({ state: "ready", limit: 10_000 }));
    return ready.filter(({ runAt }) => runAt.getTime() < soon);
  }

  async #look(state: string): Promise<void> {
    const { interrupt, say } = this.#options;
    interrupt.throwIfAborted();
    await sleep(LOOK_EVERY_MS, undefined, { signal: interrupt });
    this.#read();
    if (performance.now() < this.#saidAt + SAY_EVERY_MS) return;
    this.#saidAt = performance.now();
    const of = (what: Entry["what"]) => `${this.#count(what)} ${what}`;
    say(
      `${[of("stored"), of("done"), of("failed"), of("taken"), of("killed"), of("paused")].join(", ")}; ${state}`,
    );
  }

  #read(): void {
    for (const entry of this.#options.reader.read()) {
      this.#entries.push(entry);
      this.#counts.set(entry.what, this.#count(entry.what) + 1);
    }
  }

  #count(what: Entry["what"]): number {
    return this.#counts.get(what) ?? 0;
  }
}
