import type { Erased } from "../privacy/erase.ts";
import { openClient } from "./current-app.ts";

/**
 * Removes or blanks what this process's store and inbox folder keep of one address: jobs that say it, its rows in newsletters, servers'
 * answers about it. Remove it from your own records first, or the next mail is kept again. Doing it again does no harm.
 * @example const { jobs, newsletters, files } = await erase("ann@example.com");
 * @throws InvalidMailError when it is not one address
 * @throws ConfigurationError | StoreError
 */
export async function erase(address: string): Promise<Erased> {
  const { stores, config, events } = await openClient();
  const { eraseAddress } = await import("../privacy/erase.ts");
  const erased = await eraseAddress(address, { ...stores, inbox: config.inbox });
  const { jobs, newsletters, files } = erased;
  events.emit("address.erased", {
    jobs: jobs.removed + jobs.cancelled + jobs.blanked,
    recipients: newsletters.recipients,
    files,
  });
  return erased;
}
