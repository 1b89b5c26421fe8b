import { type Command, parseFlags, type Terminal, UsageError } from "../command.ts";
import { ACTS, actOnNewsletter, deleteNewsletter, retryNewsletter } from "./newsletter-acts.ts";
import { NEWSLETTER_FLAGS, type NewsletterFlags } from "./newsletter-flags.ts";
import { reportNewsletter, showOutcome } from "./newsletter-report.ts";
import { sendNewsletter } from "./newsletter-send.ts";
import { listNewsletters, showNewsletter } from "./newsletter-status.ts";
import { SEND_HELP } from "./send-help.ts";

const VERBS = ["status", "outcome", "report", ...ACTS, "retry", "delete"] as const;

export const newsletterCommand: Command = {
  name: "newsletter",
  summary: "send a newsletter to a file of people; follow, pause or stop it",
  help: `newsletter send Mailer.action --to FILE [options]
       delayed-mailer newsletter status [KEY] | outcome KEY ADDRESS
       delayed-mailer newsletter report KEY | retry KEY
       delayed-mailer newsletter start | pause | resume | cancel | delete KEY

send     stores one call per row of FILE; newsletter send --help says how
status   where one stands, or all do, and what it waits for
           --failures   who did not get it, and why
           --wait       show progress until it ends; exit code 1 if any failed
outcome  what became of one recipient: outcome, server's answer, queue id, time
report   the same of everybody
           --csv        as a table
           --outcomes failed,unknown   only of these
retry    sends once more to those of --outcomes; default failed. Never to those
         it was sent to
start    begins one that was planned with --manual
pause    sends to nobody more until resume
cancel   ends it for good: who was not sent to gets nothing
delete   an ended one, with all that is known of it
cancel and delete ask first; where nobody can be asked they need --yes.
--json   for scripts, with every command. KEY may be the id.
Example: delayed-mailer newsletter status weekly-42 --wait`,
  topics: { send: SEND_HELP },
  mailers: ([verb]) => (verb === "send" ? "all" : "some"),
  async run([verb, ...args], terminal) {
    const { values, positionals } = parseFlags(args, NEWSLETTER_FLAGS);
    const [name, ...rest] = positionals;
    const [recipient] = verb === "outcome" ? rest.splice(0, 1) : [];
    if (rest.length > 0)
      throw new UsageError(
        verb === "send"
          ? `What is "${rest.join(" ")}"? The action's other arguments go into --args '[...]'; newsletter send --help shows how.`
          : `What is "${rest.join(" ")}"? newsletter ${verb} takes one name; newsletter --help shows how.`,
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
      return actOnNewsletter(verb, name, flags, terminal);
  }
}
