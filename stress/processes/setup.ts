import { configure, type Plugin } from "../../src/index.ts";
import { registry } from "../../src/performable.ts";
import { Enqueuer } from "../jobs/enqueuer.ts";
import { StressJobs } from "../jobs/stress-jobs.ts";
import { Ledger } from "../ledger.ts";

export interface StressProcess {
  readonly ledger: Ledger;
  readonly enqueuer: Enqueuer;
  readonly name: string;
  readonly seed: number;
}

/** Sets a child process up as a part of the application under stress; it ends when its parent does. */
export function setUp(plugins: (ledger: Ledger) => readonly Plugin[] = () => []): StressProcess {
  const { STRESS_LEDGER = "", STRESS_NAME = "", STRESS_LEASE_MS, STRESS_SEED } = process.env;
  process.on("disconnect", orphaned);
  const ledger = new Ledger(STRESS_LEDGER, STRESS_NAME);
  const enqueuer = new Enqueuer(STRESS_NAME, ledger);
  // The parent has made the indexes; looking for them would take half of a process's start.
  configure({ plugins: plugins(ledger), createIndexes: false });
  registry.add(new StressJobs({ ledger, enqueuer, leaseMs: Number(STRESS_LEASE_MS) }));
  return { ledger, enqueuer, name: STRESS_NAME, seed: Number(STRESS_SEED) };
}

/** What runs still, such as a job that listens to nobody, may go on; the process does not live for its parent alone. */
export function leave(): void {
  process.off("disconnect", orphaned);
  process.disconnect();
}

function orphaned(): never {
  process.exit(3);
}
