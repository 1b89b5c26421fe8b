import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, openSync } from "node:fs";

export interface DemoWorker {
  readonly pid: number | undefined;
  /** Never resolves; rejects with the reason when the process ends before it is told to, or cannot be started. */
  readonly ended: Promise<never>;
  stop(): Promise<void>;
}

export interface DemoWorkerOptions {
  readonly script: string;
  /** The file its log goes to. */
  readonly log: string;
  /** @default the Node that runs this */
  readonly node?: string;
}

/** How much of what it wrote to its stderr is told as the reason. */
const TOLD = 2_000;

/** A worker process, as `npm run worker` starts one, with its log in a file. */
export function startDemoWorker({ script, log, node = process.execPath }: DemoWorkerOptions): DemoWorker {
  const child = spawn(node, ["--import", "tsx", script, "--json"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(createWriteStream(log, { fd: openSync(log, "w") }));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = `${errors}${text}`.slice(-TOLD);
  });
  let stopping = false;
  const end = once(child, "close");
  const ended = end.then(
    ([code, signal]) => {
      if (stopping) return new Promise<never>(() => undefined);
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      throw new Error(`The worker ${how} before the mails were sent. ${reasonOf(errors, log)}`);
    },
    (error: Error) => {
      throw new Error(`The worker cannot be started: ${error.message}.`, { cause: error });
    },
  );
  // Who waits for it is told; that nobody waits yet is no error.
  ended.catch(() => undefined);
  const stop = async () => {
    stopping = true;
    child.kill("SIGTERM");
    await end.catch(() => undefined);
  };
  return { pid: child.pid, ended, stop };
}

function reasonOf(errors: string, log: string): string {
  const text = errors.trim();
  return text === "" ? `Its log: ${log}` : `It said: ${text}\nIts log: ${log}`;
}
