import { openApp } from "../../app/current-app.ts";
import { NEWSLETTER_OUTCOMES, type Newsletter, type NewsletterOutcome } from "../../jobs/newsletter.ts";
import { NotFoundError, UsageError } from "../command.ts";
import { printable } from "../output.ts";

/** By id or key. @throws NotFoundError */
export async function findNewsletter(name: string): Promise<Newsletter> {
  const newsletter = await (await openApp()).newsletters.find(name);
  if (newsletter) return newsletter;
  throw new NotFoundError(`There is no newsletter "${printable(name)}"; newsletter status lists them.`);
}

/**
 * The outcomes in a flag, with commas between.
 * @param known those that make sense there
 * @throws UsageError
 */
export function outcomesFlag<Name extends NewsletterOutcome["outcome"]>(
  text: string,
  known: readonly Name[],
): Name[] {
  return text.split(",").map((part) => {
    const found = known.find((outcome) => outcome === part.trim());
    if (found) return found;
    throw new UsageError(`--outcomes takes ${known.join(", ")}, not "${part}".`);
  });
}

/** All of them where the flag is absent. @throws UsageError */
export function outcomesAsked(text: string | undefined): readonly NewsletterOutcome["outcome"][] {
  return text === undefined ? NEWSLETTER_OUTCOMES : outcomesFlag(text, NEWSLETTER_OUTCOMES);
}
