import { type Newsletter, RETRYABLE_OUTCOMES } from "../../jobs/newsletter.ts";
import { EXIT, type Terminal } from "../command.ts";
import { isAgreed } from "../confirm.ts";
import { counted, printable, printJson } from "../output.ts";
import { findNewsletter, outcomesFlag } from "./find-newsletter.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";
import { printProgress } from "./progress-text.ts";

/** What is done to a newsletter by its name alone; cancel asks before. */
export const ACTS = ["start", "pause", "resume", "cancel"] as const;

export async function actOnNewsletter(
  verb: (typeof ACTS)[number],
  name: string,
  { yes }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await findNewsletter(name);
  if (verb === "cancel" && !(await isCancelAgreed(newsletter, yes, terminal))) return EXIT.failed;
  await newsletter[verb]();
  printProgress(newsletter, await newsletter.progress(), terminal);
  return EXIT.ok;
}

/** @throws UsageError where nobody can be asked and nobody said yes */
async function isCancelAgreed(
  newsletter: Newsletter,
  yes: boolean | undefined,
  terminal: Terminal,
): Promise<boolean> {
  const { recipients, sent } = await newsletter.progress();
  const question = `Cancel ${printable(newsletter.key)} for good, ${sent} of ${counted(recipients, "recipient", "recipients")} sent to?`;
  return isAgreed({ command: "newsletter cancel", question, yes }, terminal);
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
  else terminal.out.write(`${counted(recipients, "recipient is", "recipients are")} tried again.\n`);
  return EXIT.ok;
}

/** @throws UsageError where nobody can be asked and nobody said yes */
export async function deleteNewsletter(
  name: string,
  { yes, json }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await findNewsletter(name);
  const { recipients, sent } = await newsletter.progress();
  const what = `${printable(newsletter.key)}, ${counted(recipients, "recipient", "recipients")}, ${sent} of them sent to`;
  const question = `Delete ${what}, and all that is known of them?`;
  if (!(await isAgreed({ command: "newsletter delete", question, yes }, terminal))) return EXIT.failed;
  await newsletter.delete();
  if (json) printJson(terminal, { id: newsletter.id, key: newsletter.key, deleted: true });
  else terminal.out.write(`Deleted ${what}.\n`);
  return EXIT.ok;
}
