import { type Command, EXIT, parseFlags, UsageError } from "./command.ts";
import { openInBrowser } from "./open-in-browser.ts";
import { portFlag } from "./port-flag.ts";
import { onReasonsToStop } from "./worker/stop-reasons.ts";

const FLAGS = {
  port: { type: "string", default: "4500" },
  "read-only": { type: "boolean" },
  "show-arguments": { type: "boolean" },
  open: { type: "boolean" },
} as const;

export const webCommand: Command = {
  name: "web",
  summary: "watch queues and newsletters in the browser, and help them along",
  help: `web [options]

Serves the dashboard on this machine alone: jobs by state with their errors, to
be retried, given another time, cancelled and removed; queues, to be paused and
resumed; schedules; newsletters with their pace, outcomes and recipients. From
elsewhere reach it through a tunnel (ssh -L), or mount dashboard() of
delayed-mailer/web in a server of yours.

  --port PORT        default 4500, and 0 takes a free one
  --read-only        nothing can be done by it
  --show-arguments   show the arguments of jobs, and their mails; else every
                     value is hidden
  --open             show it in the browser

Example: delayed-mailer web --open`,
  mailers: "some",
  stopsItself: true,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, FLAGS);
    if (positionals.length > 0)
      throw new UsageError(
        `What is "${positionals.join(" ")}"? web takes flags only; web --help lists them.`,
      );
    const port = portFlag("port", values.port);
    const { serveDashboard } = await import("../web/dashboard/serve-dashboard.ts");
    const stopped = new Promise<void>((resolve) =>
      onReasonsToStop(terminal, resolve, () => process.exit(EXIT.ok)),
    );
    const readOnly = values["read-only"] === true;
    const server = await serveDashboard(
      { readOnly, ...(values["show-arguments"] && { redact: false }) },
      { port },
    );
    terminal.out.write(`Dashboard: ${server.url}\n`);
    if (values.open) await openInBrowser(server.url, terminal);
    await stopped;
    await server.close();
    return EXIT.ok;
  },
};
