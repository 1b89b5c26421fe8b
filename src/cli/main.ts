import { close } from "../app/current-app.ts";
import { nearestName } from "../errors/nearest-name.ts";
import { onBrokenPipe } from "./broken-pipe.ts";
import { type Command, EXIT, type Terminal, type UnloadedFile, UsageError } from "./command.ts";
import { consoleCommand } from "./console/console-command.ts";
import { notifyFailure } from "./describe-failure.ts";
import { devCommand } from "./dev/dev-command.ts";
import { readEnvironment } from "./environment.ts";
import { eraseCommand } from "./erase-command.ts";
import { helpText, isHelp } from "./help.ts";
import { initCommand } from "./init/init-command.ts";
import { batchesCommand } from "./jobs/batches-command.ts";
import { indexesCommand } from "./jobs/indexes-command.ts";
import { jobsCommand } from "./jobs/jobs-command.ts";
import { queuesCommand } from "./jobs/queues-command.ts";
import { schedulesCommand } from "./jobs/schedules-command.ts";
import { loadMailers, loadPreviews, unloadedLine } from "./mailers.ts";
import { newsletterCommand } from "./newsletter/newsletter-command.ts";
import { ownVersion } from "./own-version.ts";
import { performCommand } from "./perform-command.ts";
import { checkCommand } from "./preview/check-command.ts";
import { previewCommand } from "./preview/preview-command.ts";
import { sendCommand } from "./send-command.ts";
import { webCommand } from "./web-command.ts";
import { workerCommand } from "./worker/worker-command.ts";

export const COMMANDS: readonly Command[] = [
  initCommand,
  workerCommand,
  sendCommand,
  performCommand,
  consoleCommand,
  devCommand,
  previewCommand,
  jobsCommand,
  batchesCommand,
  queuesCommand,
  schedulesCommand,
  newsletterCommand,
  webCommand,
  eraseCommand,
  indexesCommand,
  checkCommand,
];

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 wrong usage or configuration */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  const code = await attempt(() => dispatch(args, terminal), terminal);
  return Math.max(code, await attempt(() => close().then(() => EXIT.ok), terminal));
}

async function attempt(act: () => Promise<number>, terminal: Terminal): Promise<number> {
  try {
    return await act();
  } catch (error) {
    return notifyFailure(error, terminal);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<number> {
  const { mailers, words } = takeMailersFlag(args);
  const [name, ...rest] = words;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  const helping = rest.some(isHelp);
  if (helping || !command?.stopsItself) onBrokenPipe(terminal, () => process.exit(EXIT.ok));
  if (command === undefined) return overview(name, terminal);
  if (helping) {
    terminal.out.write(helpText(command, rest));
    return EXIT.ok;
  }
  readEnvironment(terminal);
  return command.run(rest, terminal, await loadFor(command, { rest, mailers, terminal }));
}

interface LoadRequest {
  readonly rest: readonly string[];
  readonly mailers: string | undefined;
  readonly terminal: Terminal;
}

/** @returns files that could not be loaded, for a command that tells of them itself @throws UsageError when it needs one of them */
async function loadFor(
  { mailers: needs = "all", previews = false }: Command,
  { rest, mailers, terminal }: LoadRequest,
): Promise<readonly UnloadedFile[]> {
  const needed = typeof needs === "function" ? needs(rest) : needs;
  if (needed === "none") return [];
  const unloaded = await loadMailers(mailers);
  if (previews) return [...unloaded, ...(await loadPreviews(mailers))];
  const lines = unloaded.map(unloadedLine);
  if (needed === "all" && lines.length > 0) throw new UsageError(lines.join("\n"));
  for (const line of lines) terminal.err.write(`${line}\n`);
  return unloaded;
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

function overview(name: string | undefined, terminal: Terminal): number {
  if (name === "--version" || name === "-v") {
    terminal.out.write(`${ownVersion()}\n`);
    return EXIT.ok;
  }
  if (name !== undefined && name !== "help" && !isHelp(name)) throw new UsageError(noSuchCommand(name));
  const lines = COMMANDS.map((command) => `  ${command.name.padEnd(11)} ${command.summary}\n`);
  terminal.out.write(`Usage: delayed-mailer COMMAND [options]\n\n${lines.join("")}\n${FOOTER}\n`);
  return EXIT.ok;
}

function noSuchCommand(name: string): string {
  const names = COMMANDS.map((each) => each.name);
  const meant = nearestName(name, names);
  const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return `There is no command "${name}".${hint} Commands: ${names.join(", ")}.`;
}

const FOOTER = `Every command takes --help, and --mailers FOLDER (default mailers); --version
prints the version. Settings come from the environment and from .env:
MONGODB_URI, SMTP_URL, MAIL_FROM and others; see the README.
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.`;
