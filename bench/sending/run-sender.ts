import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Child } from "../support/child.ts";
import type { Measured } from "../support/contender.ts";
import type { SenderContext, SendingMeasured } from "./sender.ts";
import { postfixTool } from "./smtp-sink.ts";

/** What `bundleSenders` bundles. */
export const SENDER_SCRIPT = fileURLToPath(new URL("../children/sender.ts", import.meta.url));

export interface SendingRun extends Omit<SenderContext, "folder"> {
  readonly mails: number;
  /** The script of the sender's process, as JavaScript: what runs TypeScript would be measured too. */
  readonly script: string;
  /** Folder for a CPU profile. */
  readonly profile?: string | undefined;
}

/** Stores in one process and sends in another, in production, so that the sender's memory is that of a worker. */
export async function runSender(
  name: string,
  { mails, profile, script, ...run }: SendingRun,
): Promise<SendingMeasured> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-bench-"));
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const start = JSON.stringify({ name, context: { ...run, folder } });
  const inProcess = async <T>(args: readonly string[], act: (child: Child) => Promise<T>): Promise<T> => {
    const launch = { command: process.execPath, args: [...args, script, start] };
    const child = await Child.start(name, { ...launch, env: { NODE_ENV: "production" } });
    try {
      const done = await act(child);
      await child.ask({ do: "close" });
      return done;
    } finally {
      await child.close();
    }
  };
  try {
    const [wireBytes, prepared] = await inProcess([], async (child) => [
      await child.ask<number>({ do: "wireBytes" }),
      await child.ask<Measured>({ do: "prepare", mails }),
    ]);
    const sent = await inProcess(profiling, (child) => child.ask<Measured>({ do: "send", mails }));
    return {
      ...{ mails, wireBytes, rssMb: sent.rssMb, prepareMs: prepared.ms, prepareCpuMs: prepared.cpuMs },
      ...{ sendMs: sent.ms, sendCpuMs: sent.cpuMs },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Postfix's own generator, which renders and records nothing: the yardstick. */
export async function runSmtpSource(
  { mails, port, connections }: Pick<SendingRun, "mails" | "port" | "connections">,
  wireBytes: number,
): Promise<SendingMeasured> {
  const sender = ["-M", "bench.example", "-f", "news@news.example", "-t", "person@example.com"];
  const amount = ["-d", "-s", String(connections), "-m", String(mails), "-l", String(wireBytes)];
  const command = [postfixTool("smtp-source") ?? "smtp-source", ...sender, ...amount, `127.0.0.1:${port}`];
  const timed = 'TIMEFORMAT="%R %U %S"; time "$@"';
  const { stderr } = await promisify(execFile)("bash", ["-c", timed, "bash", ...command]);
  const [real = 0, user = 0, system = 0] = stderr.trim().split("\n").at(-1)?.split(" ").map(Number) ?? [];
  const times = { sendMs: real * 1_000, sendCpuMs: (user + system) * 1_000 };
  return { mails, wireBytes, ...times, prepareMs: 0, prepareCpuMs: 0, rssMb: Number.NaN };
}
