import { type Command, parseFlags, UsageError } from "./command.ts";
import { NEWSLETTER_FLAGS } from "./newsletter-flags.ts";
import { sendNewsletter } from "./newsletter-send.ts";
import { actOnNewsletter, listNewsletters, showNewsletter } from "./newsletter-status.ts";

export const newsletterCommand: Command = {
  name: "newsletter",
  summary: "send a newsletter to a file of people; show, pause, resume or cancel one",
  help: `newsletter send Mailer.action --to FILE [--args '[...]'] [options]
       delayed-mailer newsletter status [ID|KEY] [--failures] [--wait] [--json]
       delayed-mailer newsletter pause|resume|cancel ID|KEY

send     stores one call per row of FILE: .csv with a header line, or .jsonl with one object per line. The row is the action's
         first argument, --args holds the others. A row that does not fit is reported with its line and left out.
  --key KEY           the same key never plans anyone twice; run the same command again to go on after a crash
  --chunk-size N      recipients per job; default 500
  --queue NAME        default newsletters
  --priority N        lower runs first; default 10
  --params '{...}'    what .with({ ... }) gives, as JSON
  --wait              show progress until it is finished
status   where one send-out stands, or all of them; --failures lists who did not get it and why

Example: delayed-mailer newsletter send NewsMailer.weekly --to subscribers.csv --args '[42]' --key weekly-42`,
  mailers: ([verb]) => (verb === "send" ? "all" : "some"),
  async run([verb, ...args], terminal) {
    const { values, positionals } = parseFlags(args, NEWSLETTER_FLAGS);
    const [name, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`What is "${rest.join(" ")}"?`);
    if (verb === "send") return sendNewsletter(name, values, terminal);
    if (verb === "status" && name === undefined) return listNewsletters(values, terminal);
    if (name === undefined)
      throw new UsageError("Name the newsletter by its id or key; newsletter status lists them.");
    if (verb === "status") return showNewsletter(name, values, terminal);
    if (verb === "pause" || verb === "resume" || verb === "cancel")
      return actOnNewsletter(verb, name, terminal);
    throw new UsageError("newsletter what? send, status, pause, resume or cancel.");
  },
};
