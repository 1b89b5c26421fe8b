import { compareSenders } from "./sending/compare-senders.ts";

/**
 * Delayed single mails, stored and worked off into `smtp-sink`, beside the same by hand, without a queue. Flags: as of `newsletter`, but
 * --mails N (default 20000)
 */
export async function run(args: readonly string[]): Promise<void> {
  await compareSenders("singles", ["--mails", "20000", ...args]);
}
