import type { JobStore } from "./queue/store.ts";

let open: () => Promise<JobStore> = () => {
  throw new Error('Import Job from "delayed-mailer", which connects it to the application.');
};

/** Called once, by the application's module. */
export function serveJobsFrom(opener: () => Promise<JobStore>): void {
  open = opener;
}

/** The store of the current application. */
export function openJobStore(): Promise<JobStore> {
  return open();
}
