import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSession } from "../src/transports/smtp/open-session.ts";
import { sessionOptions } from "../src/transports/smtp/session-options.ts";
import { parseSmtpUrl } from "../src/transports/smtp/smtp-url.ts";
import { freePort } from "../stress/free-port.ts";
import { CHECKS, type Place } from "./conformance/checks.ts";
import { makeRoot, missing, removeRoot } from "./conformance/chroot.ts";
import { MAIL_SERVERS, type MailServer } from "./conformance/mail-servers.ts";

/**
 * `npm run conformance`: holds the way over SMTP to Postfix, Exim and OpenSMTPD. Each is fetched as Debian has it, unpacked into a folder,
 * run there on a free port of this machine, and gone afterwards; nothing is installed. Exit code: 0 when all is well, 1 when a check failed,
 * 2 when a server could not be put up here; with `--where-possible` that is 0 too. `--only NAME` takes one of them.
 */
const args = process.argv.slice(2);
const only = args.includes("--only") ? args[args.indexOf("--only") + 1] : undefined;
const NOT_HERE = args.includes("--where-possible") ? 0 : 2;
const PACKAGES = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "delayed-mailer", "debs");
const START_MS = 15_000;
const CHECK_MS = 60_000;

let running: ChildProcess | undefined;
// Whatever ends this process, with an error or a signal, ends the mail server too.
process.on("exit", () => signal(running, "SIGKILL"));
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => process.exit(130));

const reason = missing();
if (reason === undefined) process.exitCode = await runAll();
else {
  say(`Not run. ${reason}`);
  process.exitCode = NOT_HERE;
}

async function runAll(): Promise<number> {
  let code = 0;
  for (const server of MAIL_SERVERS.filter(({ name }) => only === undefined || name === only))
    code = worse(code, await runOne(server));
  return code;
}

function worse(one: number, other: number): number {
  return one === 1 || other === 1 ? 1 : Math.max(one, other);
}

async function runOne(server: MailServer): Promise<number> {
  const root = mkdtempSync(join(tmpdir(), "delayed-mailer-conformance-"));
  try {
    const port = await freePort();
    makeRoot(root, server, PACKAGES, port);
    const [command = "", ...rest] = server.command;
    running = spawn("chroot", [root, command, ...rest], { stdio: "ignore", detached: true });
    const extensions = await announced(port);
    say(`\n${server.name} announces ${[...extensions].join(", ")}`);
    return await runChecks({ server, port, extensions });
  } catch (error) {
    say(`\n${server.name} could not be put up here: ${messageOf(error)}`);
    return NOT_HERE;
  } finally {
    await end(running);
    running = undefined;
    removeRoot(root);
  }
}

async function runChecks(place: Place): Promise<number> {
  let code = 0;
  for (const { name, run } of CHECKS) {
    const timer = new AbortController();
    const late = sleep(CHECK_MS, undefined, { signal: timer.signal }).then(() => {
      throw new Error(`it took longer than ${CHECK_MS / 1_000} s`);
    });
    try {
      say(`  ok    ${name}: ${await Promise.race([run(place), late])}`);
    } catch (error) {
      say(`  FAIL  ${name}: ${messageOf(error)}`);
      code = 1;
    } finally {
      timer.abort();
      await late.catch(() => undefined);
    }
  }
  return code;
}

/** What the server announces, as soon as it answers. */
async function announced(port: number): Promise<ReadonlySet<string>> {
  const options = sessionOptions(parseSmtpUrl(`smtp://127.0.0.1:${port}?starttls=never`), { connect: 2_000 });
  for (const until = performance.now() + START_MS; ; ) {
    try {
      const { socket, extensions } = await openSession(options);
      socket.on("error", () => undefined).end("QUIT\r\n");
      return extensions;
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(100);
    }
  }
}

/** With the processes that it has started. */
async function end(child: ChildProcess | undefined): Promise<void> {
  if (!signal(child, "SIGTERM")) return;
  await sleep(500);
  signal(child, "SIGKILL");
}

/** @returns whether there was anything to hear it */
function signal(child: ChildProcess | undefined, name: NodeJS.Signals): boolean {
  try {
    return child?.pid !== undefined && process.kill(-child.pid, name);
  } catch {
    return false;
  }
}

function messageOf(error: unknown): string {
  const { stderr, message } = error as { readonly stderr?: unknown; readonly message?: string };
  return String(stderr || message)
    .trim()
    .split("\n")
    .slice(0, 2)
    .join(" ");
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
