import type { Connection } from "mongoose";
import type { JobFilter } from "../../jobs/job-record.ts";
import { storeErrors } from "./connection.ts";

export interface IndexSpec {
  readonly collection: string;
  readonly name: string;
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: true;
  readonly expireAfterSeconds?: number;
  readonly partialFilterExpression?: Readonly<Record<string, unknown>>;
}

/** The indexes of the jobs collection; docs/stores.md says which query each serves. */
export function jobIndexes(collection: string): readonly IndexSpec[] {
  return [
    {
      collection,
      name: "claim",
      key: { queue: 1, priority: 1, runAt: 1, _id: 1 },
      partialFilterExpression: { state: "ready" },
    },
    { collection, name: "leases", key: { lockedUntil: 1 }, partialFilterExpression: { state: "leased" } },
    {
      collection,
      name: "unique",
      key: { liveKey: 1 },
      unique: true,
      partialFilterExpression: { liveKey: { $exists: true } },
    },
    {
      collection,
      name: "group",
      key: { group: 1, state: 1, uniqueKey: 1 },
      partialFilterExpression: { group: { $exists: true } },
    },
    {
      collection,
      name: "limited",
      key: { "limit.key": 1, state: 1, runAt: 1 },
      partialFilterExpression: { "limit.key": { $exists: true } },
    },
    {
      collection,
      name: "behind",
      key: { "limit.key": 1, priority: 1, dueAt: 1, _id: 1 },
      partialFilterExpression: { dueAt: { $exists: true } },
    },
    // Empty as long as every call is written in the first format.
    { collection, name: "newer", key: { format: 1 }, partialFilterExpression: { format: { $gt: 1 } } },
    {
      collection,
      name: "failed",
      key: { failedAt: 1, _id: 1 },
      partialFilterExpression: { state: "failed" },
    },
    {
      collection,
      name: "done",
      key: { finishedAt: 1, _id: 1 },
      partialFilterExpression: { state: "done" },
    },
    {
      collection,
      name: "purge",
      key: { purgeAt: 1 },
      expireAfterSeconds: 0,
      partialFilterExpression: { state: "done" },
    },
  ];
}

const EVER = { $gt: new Date(0) } as const;

/** By state, what is true of every job in it and lets the server use the index of that state, whose first field this is. */
const OF_STATE = {
  ready: { queue: { $gt: "" } },
  leased: { lockedUntil: EVER },
  failed: { failedAt: EVER },
  done: { purgeAt: EVER },
} as const;

/** A filter that one of the partial indexes serves where it names a state; what the filter says itself stays. */
export function indexed<F extends JobFilter>(filter: F): F {
  return filter.state === undefined ? filter : { ...OF_STATE[filter.state], ...filter };
}

/** Creates what is missing; an index of the same name that differs is dropped and made anew. @throws StoreError */
export async function createIndexes(connection: Connection, specs: readonly IndexSpec[]): Promise<void> {
  await storeErrors(async () => {
    for (const spec of specs) {
      const { collection: name, key, ...options } = spec;
      const collection = connection.collection(name);
      const existing = (await existingIndexes(connection, name)).find((index) => index.name === spec.name);
      if (existing && isSame(existing, spec)) continue;
      if (existing) await collection.dropIndex(spec.name);
      await collection.createIndex({ ...key }, options);
    }
  }, "The indexes cannot be created");
}

/** What is missing or different, one line each. @throws StoreError */
export async function indexDifferences(
  connection: Connection,
  specs: readonly IndexSpec[],
): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const spec of specs) {
    const indexes = await storeErrors(
      () => existingIndexes(connection, spec.collection),
      "The indexes cannot be read",
    );
    const existing = indexes.find(({ name }) => name === spec.name);
    if (!existing)
      differences.push(`${spec.collection}.${spec.name} is missing: ${JSON.stringify(spec.key)}`);
    else if (!isSame(existing, spec))
      differences.push(`${spec.collection}.${spec.name} is ${described(existing)}, not ${described(spec)}`);
  }
  return differences;
}

interface ExistingIndex {
  readonly name?: string;
  readonly key: Readonly<Record<string, unknown>>;
  readonly unique?: boolean;
  readonly expireAfterSeconds?: number;
  readonly partialFilterExpression?: unknown;
}

const NAMESPACE_NOT_FOUND = 26;

async function existingIndexes(connection: Connection, name: string): Promise<readonly ExistingIndex[]> {
  try {
    return await connection.collection(name).listIndexes().toArray();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

function isSame(existing: ExistingIndex, spec: IndexSpec): boolean {
  return described(existing) === described(spec);
}

function described({
  key,
  unique,
  expireAfterSeconds,
  partialFilterExpression,
}: Omit<ExistingIndex, "name">): string {
  return JSON.stringify({ key, unique: unique === true, expireAfterSeconds, partialFilterExpression });
}
