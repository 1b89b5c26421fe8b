import type { Config } from "../config/resolve-config.ts";
import type { Stores } from "../stores/stores.ts";

/**
 * Opens MongoDB where a URI is set, else the embedded SQLite store. Each library is loaded only when it is used.
 * @param now the clock of jobs in SQLite. @default Date.now
 * @throws StoreError
 */
export async function openStores(config: Config, now?: () => number): Promise<Stores> {
  const stores = await openPlainStores(config, now);
  const { encryptionKeys } = config;
  if (encryptionKeys === undefined) return stores;
  const { EncryptedJobStore } = await import("../privacy/encrypted-job-store.ts");
  return { ...stores, jobs: new EncryptedJobStore(stores.jobs, encryptionKeys) };
}

async function openPlainStores(
  { mongodbUri, mongoose, sqlite, prefix, retention }: Config,
  now?: () => number,
): Promise<Stores> {
  if (mongodbUri === undefined && mongoose === undefined) {
    const { openSqliteStores } = await import("../stores/sqlite/open.ts");
    return openSqliteStores(sqlite, { retention, ...(now && { now }) });
  }
  const { openMongoStores } = await import("../stores/mongo/open.ts");
  return openMongoStores(mongoose ?? mongodbUri ?? "", { prefix, retention });
}
