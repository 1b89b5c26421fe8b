import { RETRYABLE_OUTCOMES } from "../../jobs/newsletter.ts";
import { EXIT, type Terminal, UsageError } from "../command.ts";
import { confirm } from "../confirm.ts";
import { printable, printJson } from "../output.ts";
import { findNewsletter, outcomesFlag } from "./find-newsletter.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";
import { printProgress } from "./progress-text.ts";

/** What is done to a newsletter without asking anything more. */
export const ACTS = ["start", "pause", "resume", "cancel"] as const;

export async function actOnNewsletter(
  verb: (typeof ACTS)[number],
  name: string,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await findNewsletter(name);
  await newsletter[verb]();
  printProgress(newsletter, await newsletter.progress(), terminal);
  return EXIT.ok;
}

export async function retryNewsletter(
  name: string,
  { outcomes = "failed", json }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const asked = outcomesFlag(outcomes, RETRYABLE_OUTCOMES);
  const newsletter = await findNewsletter(name);
  const recipients = await newsletter.retry({ outcomes: asked });
  if (json) printJson(terminal, { id: newsletter.id, key: newsletter.key, recipients });
  else
    terminal.out.write(
      `${recipients} ${recipients === 1 ? "recipient is" : "recipients are"} tried again.\n`,
    );
  return EXIT.ok;
}

/** @throws UsageError where nobody can be asked and nobody said yes */
export async function deleteNewsletter(
  name: string,
  { yes = false, json }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await findNewsletter(name);
  const { recipients, sent } = await newsletter.progress();
  const what = `${printable(newsletter.key)}, ${recipients} recipients, ${sent} of them sent to`;
  const isAgreed = yes || (await confirm(`Delete ${what}, and all that is known of them?`, terminal));
  if (isAgreed === undefined)
    throw new UsageError(`This deletes ${what}, for good. Say --yes where nobody can be asked.`);
  if (!isAgreed) {
    terminal.err.write("Nothing is deleted.\n");
    return EXIT.failed;
  }
  await newsletter.delete();
  if (json) printJson(terminal, { id: newsletter.id, key: newsletter.key, deleted: true });
  else terminal.out.write(`Deleted ${what}.\n`);
  return EXIT.ok;
}
