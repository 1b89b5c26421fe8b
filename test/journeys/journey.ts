import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import mongoose from "mongoose";
import { afterEach, describe } from "vitest";
import type { App } from "../../src/app/app.ts";
import { close, configure, openApp } from "../../src/app/current-app.ts";
import { useBundled } from "../support/bundled.ts";
import { type Child, startBundled } from "../support/child.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { type SmtpServer, type SmtpServerOptions, startSmtpServer } from "../support/smtp-server.ts";

const TEMPLATES = new URL("./fixture/templates", import.meta.url).pathname;
const SCRIPTS = ["worker", "bare-worker", "dying-worker", "planner", "cli"].map(
  (name) => new URL(`./fixture/${name}.ts`, import.meta.url).pathname,
);

type StoreEnvironment = Readonly<Record<string, string | undefined>>;

/** One application on a real store, a real mail server, and worker processes. */
export interface Journey {
  readonly app: App;
  readonly smtp: SmtpServer;
  /** Where its workers have their journals. */
  readonly journal: string;
  /** What a process of this application has in its environment. */
  readonly env: StoreEnvironment;
  /** Starts a worker in a process of its own; it is killed after the test when it still runs. */
  startWorker(args?: readonly string[], env?: StoreEnvironment): Child;
  /** One that does not import the mailer. */
  startBareWorker(args?: readonly string[]): Child;
  /** One that is killed right before a step of the end of a batch. */
  startDyingWorker(step: string): Child;
  /** Starts a process that plans a newsletter. */
  startPlanner(args: readonly string[], env: StoreEnvironment): Child;
  /** Runs one command line of `delayed-mailer` in a process of its own. */
  startCli(...args: readonly string[]): Child;
}

/** Frees what a killed worker held, as its supervisor does; so leases can be so long that a busy machine makes nobody lose them. */
export async function freeWhatItHeld({ store }: App): Promise<void> {
  for (const { lockedBy } of await store.find({ state: "leased" })) await store.reap(lockedBy);
}

const cleaning: (() => unknown)[] = [];

afterEach(async () => {
  await close();
  for (const clean of cleaning.splice(0).reverse()) await clean();
});

type JourneyBody = (start: (smtp?: SmtpServerOptions) => Promise<Journey>) => void;

/** Runs the tests of `body` once on each store. */
export function describeJourney(name: string, body: JourneyBody): void {
  describeSqliteJourney(name, body);
  describeMongoJourney(name, body);
}

export function describeMongoJourney(name: string, body: JourneyBody): void {
  describe(`${name}, on MongoDB`, () =>
    body((smtp) => mongoEnvironment().then((store) => begin(store, smtp))));
}

/** For what has nothing to do with the store. */
export function describeSqliteJourney(name: string, body: JourneyBody): void {
  describe(`${name}, on SQLite`, () => body((smtp) => begin(sqliteEnvironment(), smtp)));
}

async function begin(store: StoreEnvironment, options: SmtpServerOptions = {}): Promise<Journey> {
  const smtp = await startSmtpServer(options);
  cleaning.push(() => smtp.close());
  const env = {
    ...store,
    SMTP_URL: smtp.url,
    MAIL_FROM: "Journey <journey@example.com>",
    DELAYED_MAILER_TEMPLATES: TEMPLATES,
    DELAYED_MAILER_LOG_LEVEL: "debug",
    NODE_ENV: "test",
  };
  const { MONGODB_URI: mongodbUri, DELAYED_MAILER_SQLITE: sqlite } = store;
  configure({
    smtpUrl: smtp.url,
    from: env.MAIL_FROM,
    templates: TEMPLATES,
    ...(mongodbUri === undefined ? {} : { mongodbUri }),
    ...(sqlite === undefined ? {} : { sqlite }),
  });
  const { DELAYED_MAILER_JOURNAL: journal = join(dirname(sqlite ?? ""), "journal") } = store;
  return {
    app: await openApp(),
    smtp,
    journal,
    env,
    startWorker: (args = [], more = {}) => start("worker", args, { ...env, ...more }),
    startBareWorker: (args = []) => start("bare-worker", args, env),
    startDyingWorker: (step) => start("dying-worker", [], { ...env, JOURNEY_DIES_BEFORE: step }),
    startPlanner: (args, more) => start("planner", args, { ...env, ...more }),
    startCli: (...args) => start("cli", args, env),
  };
}

const fileOf = useBundled(SCRIPTS, "journey-");

function start(script: string, args: readonly string[], env: StoreEnvironment): Child {
  const child = startBundled(fileOf(script), args, env);
  cleaning.push(() => child.end("SIGKILL"));
  return child;
}

function sqliteEnvironment(): StoreEnvironment {
  return { DELAYED_MAILER_SQLITE: join(newFolder(), "store.sqlite") };
}

async function mongoEnvironment(): Promise<StoreEnvironment> {
  const uri = await newMongoDatabase();
  cleaning.push(async () => {
    const connection = await mongoose.createConnection(uri).asPromise();
    await connection.dropDatabase();
    await connection.close();
  });
  return { MONGODB_URI: uri, DELAYED_MAILER_JOURNAL: join(newFolder(), "journal") };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-journey-"));
  cleaning.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
