import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Events } from "../src/events.ts";
import { Registry } from "../src/jobs/handler.ts";
import { Newsletters } from "../src/newsletters/newsletters.ts";
import { bundleProcesses } from "./crew/bundle.ts";
import { Crew } from "./crew/crew.ts";
import { whatItHeld } from "./crew/what-it-held.ts";
import { FaultInjector } from "./faults/fault-injector.ts";
import { mailFaults } from "./faults/mail-faults.ts";
import { newsletterFaults } from "./faults/newsletter-faults.ts";
import { processFaults } from "./faults/process-faults.ts";
import { queueFaults } from "./faults/queue-faults.ts";
import { freePort } from "./free-port.ts";
import { NEWSLETTERS, QUEUES } from "./jobs/mix.ts";
import { Ledger, LedgerReader } from "./ledger.ts";
import { storedNewsletters } from "./newsletters/stored-newsletters.ts";
import { Overseer } from "./overseer.ts";
import { persistently } from "./persistently.ts";
import { Random } from "./random.ts";
import { type Findings, reconcile } from "./reconcile/reconcile.ts";
import type { StoreUnderStress } from "./store-under-stress.ts";
import { openMongoUnderStress } from "./stores/mongo.ts";
import { openSqliteUnderStress } from "./stores/sqlite.ts";

export interface StressOptions {
  readonly store: "sqlite" | "mongo";
  /** Empty: for the ledger, the logs and the store. The caller's to remove. */
  readonly folder: string;
  /** How long jobs are enqueued and faults are done, in ms; then everything is worked off. */
  readonly ms: number;
  readonly seed: number;
  readonly workers: number;
  /** How long the leases of workers last, in ms. */
  readonly leaseMs: number;
  /** Of `delayed-mailer worker`. */
  readonly workerFlags: readonly string[];
  /** How long done jobs are kept, in ms. */
  readonly retention: number;
  /** How long on average until the next fault, in ms. */
  readonly everyMs: number;
  /** Jobs enqueued in a second by each of two producers, without bulk writes; 0 for newsletters only. */
  readonly perSecond: number;
  /** Ends when so many workers were killed, and nothing else is done. Defaults to everything, for `ms`. */
  readonly kills?: number;
  readonly say: (line: string) => void;
  /** Ends the run at once. */
  readonly interrupt: AbortSignal;
}

export interface StressResult extends Findings {
  readonly store: string;
  /** From the first job to the last, working off included. */
  readonly seconds: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Within which the jobs of a killed worker should run elsewhere, in ms. */
  readonly boundMs: number;
}

/** What a run is played on. */
interface Stage {
  readonly store: StoreUnderStress;
  readonly ledger: Ledger;
  readonly crew: Crew;
  readonly overseer: Overseer;
}

/** How long workers may take over their end, in ms. */
const PEACE_MS = 20_000;

/** One run on one store: everything at once for a while, then peace, then the reckoning. */
export async function stress(options: StressOptions): Promise<StressResult> {
  const closing: (() => unknown)[] = [];
  try {
    return await play(await setStage(options, (close) => closing.push(close)), options);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

async function setStage(options: StressOptions, atEnd: (close: () => unknown) => void): Promise<Stage> {
  const { folder, leaseMs, say, interrupt } = options;
  for (const name of ["ledger", "logs", "store"]) mkdirSync(join(folder, name));
  const ledger = new Ledger(join(folder, "ledger"), "parent");
  const reader = new LedgerReader(join(folder, "ledger"));
  atEnd(() => reader.close());
  const bundle = bundleProcesses();
  atEnd(() => bundle.close());
  const open = { sqlite: openSqliteUnderStress, mongo: openMongoUnderStress }[options.store];
  const store = await open({ folder: join(folder, "store"), leaseMs });
  atEnd(() => store.close());
  const smtpPort = await freePort();
  const crew = new Crew({
    ...options,
    ledger,
    scripts: bundle.folder,
    logs: join(folder, "logs"),
    smtpPort,
    env: { ...store.env, ...environmentOf(options), SMTP_URL: `smtp://127.0.0.1:${smtpPort}` },
    lockFile: store.lockFile,
    onGone: (pid) => whatItHeld(pid, store.jobs, ledger),
  });
  atEnd(() => crew.end(0));
  const { jobs, ledger: newsletters } = store;
  const overseer = new Overseer({ reader, jobs, ledger: newsletters, crew, leaseMs, say, interrupt });
  return { store, ledger, crew, overseer };
}

async function play(stage: Stage, options: StressOptions): Promise<StressResult> {
  const { store, crew, overseer } = stage;
  const { leaseMs, workers } = options;
  await overseer.untilStarted(workers);
  const began = performance.now();
  const faults = await makeTrouble(stage, options);
  await overseer.untilWorkedOff();
  const seconds = (performance.now() - began) / 1000;
  await crew.end(PEACE_MS);
  const left = await persistently(() => store.jobs.find({ limit: 1_000_000 }));
  const newsletters = await persistently(() => storedNewsletters(store.ledger));
  const findings = reconcile(overseer.entries, left, newsletters);
  // Reapers look every third of a lease, a tenth more or less.
  const boundMs = leaseMs * (1 + 1.1 / 3) + store.reapMarginMs;
  return { ...findings, store: store.name, seconds, faults, boundMs };
}

/** Enqueues and breaks things for as long as it was asked to. @returns what was done, and how often */
async function makeTrouble(
  { store, crew, ledger, overseer }: Stage,
  { ms, seed, everyMs, leaseMs, interrupt, kills }: StressOptions,
): Promise<ReadonlyMap<string, number>> {
  const end = endOf(ms, interrupt);
  const stop = end.signal;
  const newsletters = broadcastsOf(store);
  const all = {
    ...processFaults(leaseMs),
    ...queueFaults(store.jobs, leaseMs),
    ...newsletterFaults(newsletters, leaseMs),
    ...mailFaults(leaseMs),
    ...store.faults,
  };
  const faults = kills === undefined ? all : only("kill", all);
  const onDone = (name: string, count: number) => {
    if (name === "kill" && count === kills) end.abort();
  };
  const injector = new FaultInjector({ crew, ledger, faults, random: new Random(seed), everyMs, onDone });
  await Promise.all([injector.run(stop), overseer.pace(stop)]);
  await crew.endProducing();
  for (const queue of [...QUEUES, NEWSLETTERS]) await persistently(() => store.jobs.resumeQueue(queue));
  for (const newsletter of await persistently(() => newsletters.list()))
    await persistently(() => newsletter.resume());
  return injector.counts;
}

/** Aborted after so long, or when the run is interrupted. Node 20 may collect what `AbortSignal.any` makes of a time-out. */
function endOf(ms: number, interrupt: AbortSignal): AbortController {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  interrupt.addEventListener("abort", () => controller.abort());
  controller.signal.addEventListener("abort", () => clearTimeout(timer));
  return controller;
}

function only<T>(name: string, all: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(all).filter(([each]) => each === name));
}

function environmentOf({ folder, leaseMs, seed, retention }: StressOptions): Record<string, string> {
  return {
    NODE_ENV: "test",
    MAIL_FROM: "Stress <stress@example.com>",
    DELAYED_MAILER_TEMPLATES: fileURLToPath(new URL("./templates", import.meta.url)),
    DELAYED_MAILER_JOURNAL: join(folder, "journal"),
    DELAYED_MAILER_LOG_LEVEL: "warn",
    STRESS_LEDGER: join(folder, "ledger"),
    STRESS_LEASE_MS: String(leaseMs),
    STRESS_SEED: String(seed),
    DELAYED_MAILER_RETENTION: `${retention}ms`,
  };
}

/** To pause, resume and cancel newsletters by a way that faults do not touch; none is begun here. */
function broadcastsOf({ jobs, ledger }: StoreUnderStress): Newsletters {
  const idle = { registry: new Registry(), events: new Events(), messageIdDomain: "example.com" };
  return new Newsletters({ jobs, ledger, ...idle });
}
