import type { StoreError } from "../errors/errors.ts";
import type { JobStore } from "../jobs/job-store.ts";
import type { Stores } from "../stores/stores.ts";

/** Stands in for stores that cannot be opened: a mail that is delivered now goes without them, and whatever asks for one has the reason. */
export function absentStores(reason: StoreError): Stores {
  return {
    jobs: absent<JobStore>(reason, { clockOffset: 0 }),
    batches: absent(reason),
    ledger: absent(reason),
    rates: absent(reason),
    schedules: absent(reason),
    activity: absent(reason),
    description: `no store: ${reason.message}`,
    ensureIndexes: async () => undefined,
    indexDifferences: async () => [],
    close: async () => undefined,
  };
}

/** Every method rejects. @param known what can be told all the same */
function absent<T extends object>(reason: StoreError, known: Partial<T> = {}): T {
  const reject = () => Promise.reject(reason);
  // It answers every method of the port by the same one, which no type can say.
  return new Proxy(known, {
    get: (values, name) => Reflect.get(values, name) ?? (name === "then" ? undefined : reject),
  }) as T;
}
