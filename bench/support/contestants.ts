import { fileURLToPath } from "node:url";
import type { Launch } from "./child.ts";

type Settings = Readonly<Record<string, unknown>>;

/** One of those that are compared: what runs it, and with which of its options. */
export interface Contestant {
  readonly store: "mongo" | "sqlite";
  readonly runtime: "node" | "node22" | "ruby";
  /** Relative to bench/. */
  readonly module: string;
  /** Its own options for so many jobs at once; none means its defaults. */
  readonly settings?: (slots: number) => Settings;
  /** False where a process cannot tell how many jobs it performed: then the store is asked, ten times a second. @default true */
  readonly tells?: false;
  /** Jobs that one process performs at once, where it is not what is asked for. */
  readonly slots?: number;
}

const sidequest = (slots: number) => ({
  maxConcurrentJobs: slots,
  queueDefaults: { concurrency: slots },
  queues: [{ name: "default", concurrency: slots }],
});

/** Peers stand here tuned by their documentation, as fast as they could be made, and again with their defaults. */
const CONTESTANTS = {
  "ours-mongo": { store: "mongo", runtime: "node", module: "contenders/ours-mongo.ts" },
  "delay()": { store: "mongo", runtime: "node", module: "contenders/delay.ts" },
  "raw-by-100": {
    store: "mongo",
    runtime: "node",
    module: "contenders/raw-mongo.ts",
    settings: () => ({ batch: 100 }),
  },
  "raw-by-1": {
    store: "mongo",
    runtime: "node",
    module: "contenders/raw-mongo.ts",
    settings: () => ({ batch: 1 }),
    slots: 1,
  },
  agenda: {
    store: "mongo",
    runtime: "node",
    module: "peers/agenda.js",
    settings: (slots) => ({ maxConcurrency: slots, defaultConcurrency: slots }),
  },
  "agenda-often": {
    store: "mongo",
    runtime: "node",
    module: "peers/agenda.js",
    settings: (slots) => ({ processEvery: 100, maxConcurrency: 100, defaultConcurrency: slots }),
  },
  "agenda-defaults": { store: "mongo", runtime: "node", module: "peers/agenda.js" },
  pulse: {
    store: "mongo",
    runtime: "node",
    module: "peers/pulse.js",
    settings: (slots) => ({ maxConcurrency: slots, defaultConcurrency: slots }),
  },
  "pulse-often": {
    store: "mongo",
    runtime: "node",
    module: "peers/pulse.js",
    settings: (slots) => ({ processEvery: 100, maxConcurrency: 100, defaultConcurrency: slots }),
  },
  "pulse-defaults": { store: "mongo", runtime: "node", module: "peers/pulse.js" },
  sidequest: {
    store: "mongo",
    runtime: "node22",
    module: "peers-node22/sidequest.js",
    settings: (slots) => ({ ...sidequest(slots), runner: "inline", jobPollingInterval: 5 }),
  },
  "sidequest-defaults": {
    store: "mongo",
    runtime: "node22",
    module: "peers-node22/sidequest.js",
    tells: false,
  },
  "mail-time": {
    store: "mongo",
    runtime: "node",
    module: "peers/mail-time.js",
    settings: () => ({ revolvingInterval: 8, josk: { minRevolvingDelay: 8, maxRevolvingDelay: 32 } }),
  },
  "mail-time-defaults": { store: "mongo", runtime: "node", module: "peers/mail-time.js" },
  "mongodb-queue": {
    store: "mongo",
    runtime: "node",
    module: "peers/mongodb-queue.js",
    settings: (slots) => ({ loops: slots }),
  },
  "mongodb-queue-1": {
    store: "mongo",
    runtime: "node",
    module: "peers/mongodb-queue.js",
    settings: () => ({ loops: 1 }),
    slots: 1,
  },
  "ours-sqlite": { store: "sqlite", runtime: "node", module: "contenders/ours-sqlite.ts" },
  "delay()-sqlite": { store: "sqlite", runtime: "node", module: "contenders/delay.ts" },
  "raw-sqlite": { store: "sqlite", runtime: "node", module: "contenders/raw-sqlite.ts" },
  delayed_job: {
    store: "sqlite",
    runtime: "ruby",
    module: "ruby/delayed_job.rb",
    settings: () => ({ wal: true, sleepDelay: 0.01 }),
    slots: 1,
  },
  "delayed_job-defaults": { store: "sqlite", runtime: "ruby", module: "ruby/delayed_job.rb", slots: 1 },
} as const satisfies Readonly<Record<string, Contestant>>;

export type ContestantName = keyof typeof CONTESTANTS;

export const NAMES = Object.keys(CONTESTANTS) as readonly ContestantName[];

export function contestant(name: ContestantName): Contestant {
  return CONTESTANTS[name];
}

/** What is asked for on the command line. @throws Error naming those that there are */
export function parseNames(
  text: string | undefined,
  otherwise: readonly ContestantName[],
): readonly ContestantName[] {
  if (text === undefined) return otherwise;
  return text.split(",").map((asked) => {
    const name = NAMES.find((each) => each === asked);
    if (name === undefined) throw new Error(`There is no contender "${asked}": ${NAMES.join(", ")}.`);
    return name;
  });
}

export interface LaunchOptions {
  readonly uri: string;
  readonly concurrency: number;
  readonly node22: string | undefined;
  /** Where Node writes a CPU profile of the process. */
  readonly profile?: string | undefined;
}

/** How to start a process of it. */
export function launchOf(
  { runtime, module, settings = () => ({}) }: Contestant,
  { uri, concurrency, node22, profile }: LaunchOptions,
): Launch {
  const start = { uri, concurrency, settings: settings(concurrency) };
  if (runtime === "ruby") return { command: "ruby", args: [pathOf(module), JSON.stringify(start)] };
  const profiling = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile];
  const argument = JSON.stringify({ ...start, module: pathOf(module) });
  return {
    command: runtime === "node22" ? (node22 ?? process.execPath) : process.execPath,
    args: ["--import", import.meta.resolve("tsx"), ...profiling, pathOf("children/contender.ts"), argument],
  };
}

function pathOf(relative: string): string {
  return fileURLToPath(new URL(`../${relative}`, import.meta.url));
}
