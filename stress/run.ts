import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HELP, type Options, readOptions } from "./options.ts";
import { isBroken, report } from "./report.ts";
import { stress } from "./stress.ts";

/** Where nothing is done but that: as soon as there is somebody to kill. */
const KILL_EVERY_MS = 150;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.help) {
    say(HELP);
    return 0;
  }
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => controller.abort());
  say(`Seed ${options.seed}: give it again with --seed ${options.seed}`);
  let code = 0;
  for (const store of options.stores) if (await runOn(store, options, controller.signal)) code = 1;
  return code;
}

/** @returns whether a promise was broken */
async function runOn(store: "sqlite" | "mongo", options: Options, interrupt: AbortSignal): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-stress-"));
  let keep = options.keep;
  try {
    const { minutes, lease, every, rate, retention, seed, workers, newsletter, kills } = options;
    const began = performance.now();
    const result = await stress({
      ...{ store, folder, seed, workers, interrupt, workerFlags: workerFlags(options) },
      ms: minutes * 60_000,
      leaseMs: lease * 1000,
      retention: retention * 1000,
      everyMs: kills === undefined ? every * 1000 : KILL_EVERY_MS,
      ...(kills !== undefined && { kills }),
      perSecond: newsletter ? 0 : rate / 2,
      say: (line) => say(`  ${clock(performance.now() - began)}  ${store}: ${line}`),
    });
    say("");
    for (const line of report(result)) say(line);
    say("");
    keep ||= isBroken(result);
    return isBroken(result);
  } finally {
    if (keep) say(`The ledger, the logs and the store are in ${folder}`);
    else rmSync(folder, { recursive: true, force: true });
  }
}

/** Few jobs at once and short waits: then much happens in little time. */
function workerFlags({ defaults, lease }: Options): readonly string[] {
  return defaults
    ? []
    : ["--lease", String(lease), "--concurrency", "8", "--sleep-delay", "300ms", "--grace", "1"];
}

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isInterrupted = error instanceof Error && error.name === "AbortError";
    process.stderr.write(
      `${isInterrupted ? "Interrupted." : error instanceof Error ? error.stack : error}\n`,
    );
    process.exit(isInterrupted ? 130 : 2);
  },
);
