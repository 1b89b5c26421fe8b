import { configure, type Plugin } from "../../src/index.ts";
import { registry } from "../../src/jobs/handler.ts";
import { Enqueuer } from "../jobs/enqueuer.ts";
import { StressJobs } from "../jobs/stress-jobs.ts";
import { Ledger } from "../ledger.ts";
import { ownSmtpUrl } from "../mail/smtp-url.ts";

export interface StressProcess {
  readonly ledger: Ledger;
  readonly enqueuer: Enqueuer;
  readonly name: string;
  readonly seed: number;
  /** Where all processes have their ledgers. */
  readonly folder: string;
}

/** Sets a child process up as a part of the application under stress; it ends when its parent does. */
export function setUp(plugins: (ledger: Ledger) => readonly Plugin[] = () => []): StressProcess {
  const { STRESS_LEDGER: folder = "", STRESS_NAME: name = "", STRESS_LEASE_MS, STRESS_SEED } = process.env;
  process.on("disconnect", orphaned);
  const ledger = new Ledger(folder, name);
  const enqueuer = new Enqueuer(name, ledger);
  configure({
    plugins: plugins(ledger),
    smtpUrl: ownSmtpUrl(process.env.SMTP_URL ?? ""),
    // The parent has made the indexes; looking for them would take half of a process's start.
    createIndexes: false,
    // Of chunks, which have no mailer's own. Retries come soon, so that much happens in little time.
    backoff: (attempts) => 100 * attempts,
  });
  registry.add(new StressJobs({ ledger, enqueuer, leaseMs: Number(STRESS_LEASE_MS) }));
  return { ledger, enqueuer, name, folder, seed: Number(STRESS_SEED) };
}

/** What runs still, such as a job that listens to nobody, may go on; the process does not live for its parent alone. */
export function leave(): void {
  process.off("disconnect", orphaned);
  process.disconnect();
}

function orphaned(): never {
  process.exit(3);
}
