import { type Command, parseFlags, UsageError } from "../command.ts";
import { NEWSLETTER_FLAGS } from "./newsletter-flags.ts";
import { sendNewsletter } from "./newsletter-send.ts";
import { actOnNewsletter, listNewsletters, retryNewsletter, showNewsletter } from "./newsletter-status.ts";

export const newsletterCommand: Command = {
  name: "newsletter",
  summary: "send a newsletter to a file of people; show, pause, resume, cancel or retry one",
  help: `newsletter send Mailer.action --to FILE [--args '[...]'] [options]
       delayed-mailer newsletter status [ID|KEY] [--failures] [--wait] [--json]
       delayed-mailer newsletter pause|resume|cancel ID|KEY
       delayed-mailer newsletter retry ID|KEY [--outcome failed,unknown]

send     stores one call per row of FILE: .csv with a header line, or .jsonl with one object per line. The row is the action's
         first argument, --args holds the others. A row that does not fit is reported with its line and left out.
  --key KEY           the same key never plans anyone twice; run the same command again to go on after a crash
  --chunk-size N      recipients per job; default 500
  --queue NAME        default newsletters
  --priority N        lower runs first; default 10
  --params '{...}'    what .with({ ... }) gives, as JSON
  --wait              show progress until it is finished; exit code 1 when recipients failed, or when it cannot get on
status   where one send-out stands, or all of them, and what keeps it from getting on; --failures lists who did not get it and why
retry    sends once more to recipients of these outcomes, with commas between; default failed

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
    if (verb === "retry") return retryNewsletter(name, values, terminal);
    throw new UsageError("newsletter what? send, status, pause, resume, cancel or retry.");
  },
};
