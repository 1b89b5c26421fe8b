import type { Stores } from "../open-stores.ts";
import { MongoBroadcastLedger } from "./broadcast-ledger.ts";
import { connect, withoutCredentials } from "./connection.ts";
import { createIndexes, indexDifferences } from "./indexes.ts";
import { MongoJobStore } from "./job-store.ts";

/** Connects to MongoDB; its indexes are the caller's to check or create. @throws StoreError */
export async function openMongoStores(
  uri: string,
  { retention }: { readonly retention: number },
): Promise<Stores> {
  const connection = await connect(uri);
  const jobs = new MongoJobStore(connection, { retention });
  const ledger = new MongoBroadcastLedger(connection);
  await jobs.open();
  await ledger.open();
  const indexes = [...jobs.indexes, ...ledger.indexes];
  return {
    jobs,
    ledger,
    description: `MongoDB at ${withoutCredentials(uri)}`,
    ensureIndexes: () => createIndexes(connection, indexes),
    indexDifferences: () => indexDifferences(connection, indexes),
    close: async () => {
      await jobs.close();
      await connection.close();
    },
  };
}
