import type { Connection } from "mongoose";
import mongoose from "mongoose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { packAnswers } from "../../src/newsletters/answers/answer-log.ts";
import { MongoBatchStore } from "../../src/stores/mongo/batch-store.ts";
import { createIndexes, type IndexSpec } from "../../src/stores/mongo/indexes.ts";
import { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { MongoNewsletterStore } from "../../src/stores/mongo/newsletters/newsletter-store.ts";
import { aJob } from "../support/jobs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

/*
 * Which index serves which query, by the rules of MongoDB's planner, because the server of the tests cannot explain: a filter uses an
 * index when it says something of its first field (each branch of an $or by itself), or sorts by its fields; a partial index only when
 * the filter implies what the index is partial on. docs/stores.md has the list for people.
 */

type Filter = Readonly<Record<string, unknown>>;

interface Query {
  readonly collection: string;
  readonly command: string;
  readonly filter: Filter;
  readonly sort: readonly string[];
}

/** Read as a whole, and why that is no matter. */
const SCANS = new Map([
  ["delayed_jobs aggregate {}", "counts() counts all jobs, for people"],
  ["delayed_jobs_paused find {}", "a handful of documents"],
  ["delayed_newsletters find {} by createdAt by _id", "one document per newsletter, for people"],
]);

let connection: Connection;
let indexes: readonly IndexSpec[];
const queries: Query[] = [];

beforeAll(async () => {
  const uri = await newMongoDatabase();
  connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
  const store = new MongoJobStore(connection);
  const ledger = new MongoNewsletterStore(connection);
  const batches = new MongoBatchStore(connection);
  indexes = [...store.indexes, ...ledger.indexes, ...batches.indexes];
  await createIndexes(connection, indexes);
  await store.open();
  await ledger.open();
  const client = connection.getClient();
  client.on("commandStarted", ({ command }) => queries.push(...queriesIn(command)));
  await useAll(store, ledger);
  await useBatches(batches);
  client.removeAllListeners("commandStarted");
  await store.close();
}, 60_000);

afterAll(async () => {
  await connection.dropDatabase();
  await connection.close();
});

it("asks the server for nothing that no index serves, whatever a worker or a person does", () => {
  const asked = [...new Set(queries.filter((query) => !isServed(query)).map(described))];
  expect(asked.filter((query) => !SCANS.has(query))).toEqual([]);
});

it("sees the queries that it is to look at", () => {
  const seen = new Set(queries.map(({ collection, command }) => `${collection} ${command}`));
  for (const each of ["find", "update", "delete", "aggregate", "findAndModify"])
    expect(seen).toContain(`delayed_jobs ${each}`);
  for (const each of [
    "newsletters",
    "newsletter_chunks",
    "newsletter_states",
    "newsletter_answers",
    "newsletter_refusals",
  ])
    expect([...seen].some((query) => query.startsWith(`delayed_${each} `))).toBe(true);
});

it("sees in which order they are asked for", () => {
  expect(queries.filter(({ sort }) => sort.length > 0).length).toBeGreaterThan(5);
});

it.each([
  [{ state: "leased", lockedBy: "w" }, []],
  [{ state: "ready" }, []],
  [{ queue: "q", runAt: {} }, []],
  [{ state: "failed" }, ["failedAt", "createdAt"]],
  [{ $or: [{ _id: 1 }, { state: "ready", runAt: {} }] }, []],
] as const)("would find a query that no index serves: %j sorted by %j", (filter, sort) => {
  expect(isServed({ collection: "delayed_jobs", command: "find", filter, sort })).toBe(false);
});

/** Every method that asks for something, once. */
async function useAll(store: MongoJobStore, ledger: MongoNewsletterStore): Promise<void> {
  const claim = (token: string) => store.claim({ workerId: "w", token, limit: 10, leaseMs: 30_000 });
  const insert = (count: number) => store.insert(Array.from({ length: count }, () => aJob({ group: "g" })));
  await store.insert([aJob({ uniqueKey: "k" }), aJob({ uniqueKey: "k" })]);
  await insert(4);
  const [first, second, third, ...rest] = await claim("t1");
  const leases = [first, second, third].flatMap((job) => (job ? [{ id: job.id, token: "t1" }] : []));
  await store.extend([...leases, { id: "0".repeat(24), token: "t1" }], 30_000);
  await store.settle([
    { ...leases[0]!, kind: "done" },
    { ...leases[1]!, kind: "fail", error: "x", reason: "x" },
    { ...leases[2]!, kind: "release" },
    { id: "0".repeat(24), token: "t1", kind: "done" },
  ]);
  expect(rest.length).toBeGreaterThan(0);
  await store.reap();
  await store.reap("w");
  await insert(2);
  await store.nextDue({ workerId: "w", token: "", limit: 1, leaseMs: 1_000 }, 60_000);
  for (const state of ["ready", "leased", "failed", "done"] as const) {
    await store.count({ state });
    await store.count({ state, queue: "default" });
    if (state !== "done") await store.find({ state });
    await store.removeAll({ state, handler: "Gone" });
  }
  await store.counts();
  await store.overdue(new Date());
  await store.waiting("g");
  const [failed] = await store.find({ state: "failed", order: "newest", limit: 1 });
  const id = failed?.id ?? "";
  await store.get(id);
  await store.retry(id);
  await store.cancel(id);
  await store.remove(id);
  await store.retryAll({});
  await store.reschedule(id, new Date());
  await store.replace(id, aJob({ uniqueKey: "k" }));
  await store.wakeGroup("g");
  await store.startParked("g");
  await store.hasLive("g");
  await store.putBehind([{ id, token: "t1" }], [{ key: "k", concurrency: 1 }]);
  await store.bringForward({ key: "k", concurrency: 1 }, 1);
  await store.nextBehind("");
  await store.countBehind("k", 10);
  await store.releaseDone("g");
  await store.dropGroup("g");
  await store.pauseQueue("q");
  await store.pausedQueues();
  await store.resumeQueue("q");
  await useLedger(ledger);
}

async function useBatches(batches: MongoBatchStore): Promise<void> {
  await batches.begin({ id: "b", key: "k", total: 1, createdAt: new Date() });
  await batches.advance("b", "storing", "running");
  await batches.decide("b", { done: 1, failed: 0, cancelled: 0 });
  await batches.end("b", new Date());
  await batches.find("k");
  await batches.list(10);
  await batches.open();
  await batches.endedBefore(new Date());
  await batches.rename("b", "l");
  await batches.remove("b", "ended");
}

async function useLedger(ledger: MongoNewsletterStore): Promise<void> {
  const planner = { token: "p", leaseMs: 1_000 };
  const meta = { seed: "", domain: "", date: "" };
  const call = { handler: "P", action: "a", args: [], params: {}, meta };
  const options = { queue: "q", priority: 0, maxAttempts: 1, chunkSize: 1 };
  const { record } = await ledger.begin({ id: "b", key: "k", ...call, ...options }, planner);
  const chunk = { id: "c", newsletter: record.id, number: 0, recipients: ["x"], identities: ["x"] };
  await ledger.addChunk(chunk);
  await ledger.plan(record.id, planner, {
    planned: true,
    chunks: 1,
    recipients: 1,
    duplicates: 0,
    refused: 0,
  });
  await ledger.addRefusals(record.id, [{ row: 1, problem: "x" }]);
  await ledger.take(chunk, "t");
  const answers = packAnswers([{ index: 0, outcome: "rejected", response: "x" }]);
  await ledger.record(chunk.id, "t", { outcomes: Uint8Array.of(3), answers, complete: true });
  await ledger.find("k");
  await ledger.counts(record.id);
  await ledger.chunk("c");
  for await (const _ of ledger.refusals(record.id));
  for await (const _ of ledger.chunks(record.id));
  await ledger.results("c");
  await ledger.answeredWithin(record.id, 60_000);
  await ledger.chunksWith(record.id, "x");
  await ledger.endedBefore(1_000);
  await ledger.running();
  await ledger.isBeingPlanned(record.id);
  await ledger.incomplete(record.id);
  await ledger.reopen("c", ["failed"]);
  await ledger.list();
  await ledger.setState(record.id, "paused", ["running"]);
  await ledger.finish(record.id);
  await ledger.setState(record.id, "cancelled", ["paused"]);
  await ledger.remove(record.id);
}

/** The queries of one command as it goes to the server. */
function queriesIn(command: Readonly<Record<string, unknown>>): readonly Query[] {
  const [name = "", collection] = Object.entries(command)[0] ?? [];
  if (typeof collection !== "string" || !collection.startsWith("delayed_")) return [];
  const query = (filter: unknown, sort: unknown = {}) => [
    { collection, command: name, filter: (filter ?? {}) as Filter, sort: fieldsOf(sort) },
  ];
  // What a statement of a bulk write is, its command says.
  const statements = (command.updates ?? command.deletes ?? []) as readonly { readonly q: unknown }[];
  switch (name) {
    case "find":
      return query(command.filter, command.sort);
    case "findAndModify":
    case "distinct":
    case "count":
      return query(command.query, command.sort);
    case "update":
    case "delete":
      return statements.flatMap(({ q }) => query(q));
    case "aggregate": {
      const [{ $match, $changeStream } = {}] = command.pipeline as readonly Filter[];
      return $changeStream ? [] : query($match);
    }
    default:
      return [];
  }
}

/** The driver writes an order as a Map. */
function fieldsOf(sort: unknown): readonly string[] {
  return sort instanceof Map ? [...sort.keys()].map(String) : Object.keys(Object(sort));
}

function isServed({ collection, filter, sort }: Query): boolean {
  const { $or, ...rest } = filter;
  const [first] = sort;
  const candidates = [
    { key: ["_id"], partial: undefined },
    ...indexes
      .filter((index) => index.collection === collection)
      .map(({ key, partialFilterExpression: partial }) => ({ key: Object.keys(key), partial })),
  ].filter(({ partial }) => implies(rest, partial));
  const finds = candidates.filter(({ key: [lead = ""] }) => lead in rest);
  const orders = candidates.filter(({ key }) => isOrdered(key, sort, rest));
  if (first !== undefined && orders.length > 0) return true;
  if (first !== undefined && finds.length === 0) return false;
  // A sort of few: those that the index has found by an equality.
  if (
    finds.length > 0 &&
    (first === undefined || finds.some(({ key: [lead = ""] }) => isEquality(rest[lead])))
  )
    return true;
  const branches = Array.isArray($or) ? ($or as readonly Filter[]) : [];
  return (
    branches.length > 0 &&
    branches.every((branch) => isServed({ collection, command: "", filter: { ...rest, ...branch }, sort }))
  );
}

/** Whether walking the index gives the order: equalities may stand before it. */
function isOrdered(key: readonly string[], sort: readonly string[], filter: Filter): boolean {
  const from = key.findIndex((field) => !isEquality(filter[field]) || field === sort[0]);
  return from >= 0 && sort.every((field, index) => key[from + index] === field);
}

/** `$in` counts: the server merges one sorted walk for each value. */
function isEquality(condition: unknown): boolean {
  if (condition === undefined) return false;
  const isOperators =
    typeof condition === "object" &&
    condition !== null &&
    Object.keys(condition).some((name) => name.startsWith("$"));
  return !isOperators || "$in" in Object(condition);
}

function implies(filter: Filter, partial: Filter | undefined): boolean {
  return Object.entries(partial ?? {}).every(([field, wanted]) => {
    const isExists = Object(wanted).$exists === true;
    const said = filter[field];
    if (!isExists) return said === wanted;
    return said !== undefined && Object(said).$exists !== false;
  });
}

function described({ collection, command, filter, sort }: Query): string {
  return [`${collection} ${command} ${JSON.stringify(filter)}`, ...sort].join(" by ");
}
