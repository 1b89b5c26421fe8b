import { close } from "../current-app.ts";
import { DelayedMailError } from "../errors.ts";
import { checkCommand } from "./check-command.ts";
import { type Command, EXIT, type Terminal, UsageError } from "./command.ts";
import { indexesCommand } from "./indexes-command.ts";
import { jobsCommand } from "./jobs-command.ts";
import { loadMailers, loadPreviews } from "./mailers.ts";
import { newsletterCommand } from "./newsletter-command.ts";
import { previewCommand } from "./preview-command.ts";
import { queuesCommand } from "./queues-command.ts";
import { schedulesCommand } from "./schedules-command.ts";
import { sendCommand } from "./send-command.ts";
import { workerCommand } from "./worker-command.ts";

const COMMANDS: readonly Command[] = [
  workerCommand,
  sendCommand,
  previewCommand,
  jobsCommand,
  queuesCommand,
  schedulesCommand,
  newsletterCommand,
  indexesCommand,
  checkCommand,
];

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    if (!(error instanceof DelayedMailError)) throw error;
    terminal.err.write(`${error.message}\n`);
    return error.code === "USAGE" || error.code === "CONFIGURATION" || error.code === "INVALID_OPTIONS"
      ? EXIT.usage
      : EXIT.failed;
  } finally {
    await close();
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const { mailers, words } = takeMailersFlag(args);
  const [name, ...rest] = words;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) return overview(name, terminal);
  if (rest.some(isHelp)) {
    terminal.out.write(`Usage: delayed-mailer ${command.help}\n`);
    return EXIT.ok;
  }
  await loadMailers(mailers);
  return command.run(rest, terminal, command.previews ? await loadPreviews(mailers) : []);
}

/** `--mailers FOLDER` may stand anywhere, because every command needs the mailers. */
function takeMailersFlag(args: readonly string[]): { mailers: string | undefined; words: readonly string[] } {
  const at = args.findIndex((arg) => arg === "--mailers" || arg.startsWith("--mailers="));
  if (at < 0) return { mailers: undefined, words: args };
  const [flag = "", next] = args.slice(at, at + 2);
  const inline = flag.includes("=");
  const mailers = inline ? flag.slice("--mailers=".length) : next;
  if (!mailers) throw new UsageError("--mailers takes the folder of your mailers.");
  return { mailers, words: args.toSpliced(at, inline ? 1 : 2) };
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

function overview(name: string | undefined, terminal: Terminal): number {
  if (name !== undefined && name !== "help" && !isHelp(name))
    throw new UsageError(
      `There is no command "${name}". Commands: ${COMMANDS.map((each) => each.name).join(", ")}.`,
    );
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(11)} ${command.summary}\n`);
  terminal.out.write(`Usage: delayed-mailer COMMAND [options]\n\n${lines.join("")}\n${FOOTER}\n`);
  return EXIT.ok;
}

const FOOTER = `Every command takes --help, and --mailers FOLDER (default mailers). Configuration comes from the environment: MONGODB_URI,
SMTP_URL, MAIL_FROM and others; see the README. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`;
