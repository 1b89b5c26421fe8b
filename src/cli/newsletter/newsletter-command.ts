import { type Command, parseFlags, type Terminal, UsageError } from "../command.ts";
import { ACTS, actOnNewsletter, deleteNewsletter, retryNewsletter } from "./newsletter-acts.ts";
import { NEWSLETTER_FLAGS, type NewsletterFlags } from "./newsletter-flags.ts";
import { reportNewsletter, showOutcome } from "./newsletter-report.ts";
import { sendNewsletter } from "./newsletter-send.ts";
import { listNewsletters, showNewsletter } from "./newsletter-status.ts";

const VERBS = ["status", "outcome", "report", ...ACTS, "retry", "delete"] as const;

export const newsletterCommand: Command = {
  name: "newsletter",
  summary: "send a newsletter to a file of people; tell, report, pause, resume, cancel, retry, delete",
  help: `newsletter send Mailer.action --to FILE [options]
       delayed-mailer newsletter status [KEY] | outcome KEY ADDRESS | report KEY | retry KEY
       delayed-mailer newsletter start | pause | resume | cancel | delete KEY

send     stores one call per row of FILE: .csv with a header line, or .jsonl with an object per line
  --encoding NAME, --delimiter C   as windows-1252 or tab, where the file does not say it
  --args '[...]', --params '{...}'   the action's other arguments; what .with({ ... }) gives
  --key KEY            the same key never plans anyone twice; the same command again goes on
  --rehearse           makes and checks every mail, sends none, spends no key; ends with a report
  --manual             plans only; newsletter start KEY begins
  --at, --stop-by TIME as 2026-12-01T09:00, where each recipient is, or with Z for all at once
  --window W           only then, as "mon-fri 09:00-17:00"; may be repeated
  --time-zone ZONE, --time-zone-column NAME   where recipients are; default UTC
  --chunk-size N, --queue NAME, --priority N   default 500, newsletters, 10
  --wait               show progress until it ends; exit code 1 when recipients failed (also status)
status   where one stands, or all do, and what it waits for; --failures lists who did not get it
outcome  what became of one recipient: outcome, server's answer, queue id, time
report   the same of everybody; --csv as a table, --outcomes failed,unknown only of these
retry    sends once more to those of --outcomes; default failed. Never to those it was sent to
delete   an ended one, with all that is known of it; asks first, --yes where nobody can be asked
--json   for scripts, with every command. KEY may be the id.
Example: delayed-mailer newsletter send NewsMailer.weekly --to subscribers.csv --args '[42]'`,
  mailers: ([verb]) => (verb === "send" ? "all" : "some"),
  async run([verb, ...args], terminal) {
    const { values, positionals } = parseFlags(args, NEWSLETTER_FLAGS);
    const [name, ...rest] = positionals;
    const [recipient] = verb === "outcome" ? rest.splice(0, 1) : [];
    if (rest.length > 0)
      throw new UsageError(
        `What is "${rest.join(" ")}"? newsletter ${verb} takes one name; newsletter --help shows how.`,
      );
    if (verb === "send") return sendNewsletter(name, values, terminal);
    if (verb === "status" && name === undefined) return listNewsletters(values, terminal);
    const known = VERBS.find((each) => each === verb);
    if (known === undefined)
      throw new UsageError(
        `newsletter ${verb ? `has no "${verb}".` : "what?"} Say one of send, ${VERBS.join(", ")}.`,
      );
    if (name === undefined)
      throw new UsageError("Name the newsletter by its id or key; newsletter status lists them.");
    if (known === "outcome") return showOutcome(name, recipient, values, terminal);
    return runVerb(known, name, values, terminal);
  },
};

function runVerb(
  verb: Exclude<(typeof VERBS)[number], "outcome">,
  name: string,
  flags: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  switch (verb) {
    case "status":
      return showNewsletter(name, flags, terminal);
    case "report":
      return reportNewsletter(name, flags, terminal);
    case "retry":
      return retryNewsletter(name, flags, terminal);
    case "delete":
      return deleteNewsletter(name, flags, terminal);
    default:
      return actOnNewsletter(verb, name, terminal);
  }
}
