import { type Command, parseFlags, UsageError } from "../command.ts";
import { portFlag } from "../port-flag.ts";
import { isWatched, WATCHED_VARIABLE, watchAndRestart } from "../worker/watch.ts";

const FLAGS = {
  port: { type: "string", default: "4400" },
  "smtp-port": { type: "string", default: "1025" },
  "no-smtp": { type: "boolean" },
  open: { type: "boolean" },
} as const;

export const devCommand: Command = {
  name: "dev",
  summary: "look at mails in the browser while you write them, and the inbox",
  help: `dev [options]

Serves pages on this machine alone: every preview, at phone, tablet and desktop
width, on a light and a dark screen, in every language, with headers, source
and advice, its arguments to be edited; and the inbox, with every mail that
would have been sent. A page follows the files: save a template, a style, a
catalogue or a mailer. Templates that cannot be rendered are shown in place.

A small mail server takes the mails of other programs too: set SMTP_URL to what
it prints.

  --port PORT        of the pages; default 4400, and 0 takes a free one
  --smtp-port PORT   of the mail server; default 1025, and 0 takes a free one
  --no-smtp          no mail server
  --open             show the pages in the browser

Example: delayed-mailer dev --open`,
  // The process that starts others loads nothing: it is to outlive a file that cannot be loaded.
  mailers: () => (process.env[WATCHED_VARIABLE] === undefined ? "none" : "some"),
  previews: true,
  stopsItself: true,
  async run(args, terminal, unloaded = []) {
    const { values, positionals } = parseFlags(args, FLAGS);
    if (positionals.length > 0)
      throw new UsageError(
        `What is "${positionals.join(" ")}"? dev takes flags only; dev --help lists them.`,
      );
    const port = portFlag("port", values.port);
    const smtpPort = values["no-smtp"] ? undefined : portFlag("smtp-port", values["smtp-port"]);
    const open = values.open === true;
    if (!isWatched())
      return watchAndRestart(terminal, { what: "The pages", folders: ["mailers", "src"], settleMs: 50 });
    const { serveDev } = await import("./serve-dev.ts");
    return serveDev({ port, smtpPort, unloaded, open }, terminal);
  },
};
