import { compareSenders } from "./sending/compare-senders.ts";

/**
 * A newsletter into `smtp-sink`: ours, with every outcome recorded; compiled Handlebars and nodemailer's pool by hand; and `smtp-source`.
 * Flags: --mails N (default 30000), --kilobytes N (of html; default 5), --connections N (default 10), --rounds N (default 3), --rtt MS
 * (added to each round trip), --dkim, --only NAMES, --profile FOLDER
 */
export async function run(args: readonly string[]): Promise<void> {
  await compareSenders("newsletter", args);
}
