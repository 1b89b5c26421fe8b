import { readFileSync } from "node:fs";
import type { Database } from "./database.ts";
import { migrate, patiently } from "./migrate.ts";

const SCHEMA: readonly string[] = [
  `CREATE TABLE lease_clock (
     -- Which start of the machine.
     boot TEXT PRIMARY KEY,
     -- What its monotonic clock is to be added to, in ms since 1970.
     origin INTEGER NOT NULL
   ) WITHOUT ROWID;`,
];
const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/**
 * The clock of leases, in ms since 1970: the machine's monotonic clock, on from where the machine's time was when the file was first
 * opened since the machine was started. All processes of the machine share it, and whoever sets the machine's time ends no lease by that.
 * Where the machine does not say which of its starts this is (anywhere but on Linux), it is the machine's time.
 * @throws StoreError
 */
export function leaseClock(database: Database): () => number {
  const boot = bootId();
  if (boot === undefined) return () => Date.now();
  migrate(database, "lease clock", SCHEMA);
  const findOrigin = database.transaction(() => originOf(boot, database));
  const origin = patiently(database, () => findOrigin.immediate());
  return () => origin + monotonicMs();
}

function originOf(boot: string, database: Database): number {
  const find = database.prepare<[string], { origin: number }>(
    "SELECT origin FROM lease_clock WHERE boot = ?",
  );
  const known = find.get(boot);
  if (known) return known.origin;
  const origin = Date.now() - monotonicMs();
  database.exec("DELETE FROM lease_clock");
  database.prepare("INSERT INTO lease_clock (boot, origin) VALUES (?, ?)").run(boot, origin);
  return origin;
}

/** All processes of a machine share CLOCK_MONOTONIC. `os.uptime` is no use here: in some containers it counts from the container's start. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

function bootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID, "utf8").trim();
  } catch {
    return undefined;
  }
}
