import { SingleBar } from "cli-progress";
import type { Terminal } from "./command.ts";

/** How far a long piece of work is: a bar on a terminal, now and then a line elsewhere. */
export interface Progress {
  /** @param total may grow while it is being found out, and is then what is done */
  update(done: number, total: number): void;
  end(): void;
}

const LINE_EVERY_MS = 2_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How much of a line the words beside the bar take, in characters. */
const WORDS = 62;

/**
 * Shows how far a piece of work is. However the process ends, the terminal has its cursor and its line wrap back.
 * @param interrupted said when a signal ends the process meanwhile
 */
export function startProgress({ err }: Terminal, what: string, interrupted?: string): Progress {
  const progress = err.isTTY ? progressBar(err, what) : progressLines(err, what);
  const release = onSignals(() => {
    progress.end();
    if (interrupted !== undefined) err.write(`${interrupted}\n`);
  });
  const end = () => {
    release();
    process.off("exit", progress.end);
    progress.end();
  };
  process.once("exit", progress.end);
  return { update: progress.update, end };
}

/** Runs something before a signal ends the process, as it would have without us. @returns stop listening */
function onSignals(act: () => void): () => void {
  const onSignal = (signal: NodeJS.Signals) => {
    release();
    act();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return release;
}

function progressBar(stream: NodeJS.WritableStream, what: string): Progress {
  const columns = "columns" in stream && Number(stream.columns) > 0 ? Number(stream.columns) : 80;
  const bar = new SingleBar({
    stream,
    format: `${what} [{bar}] {value}/{total} · {duration_formatted} · {rate}/s{left}`,
    barsize: Math.max(5, Math.min(40, columns - WORDS)),
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: false,
  });
  const startedAt = performance.now();
  const rateOf = (done: number) => done / Math.max(0.001, (performance.now() - startedAt) / 1000);
  let isRunning = true;
  bar.start(0, 0, { rate: 0, left: "" });
  return {
    update: (done, total) => {
      const rate = rateOf(done);
      bar.setTotal(total);
      bar.update(done, { rate: Math.round(rate), left: timeLeft(total - done, rate) });
    },
    end: () => {
      if (isRunning) bar.stop();
      isRunning = false;
    },
  };
}

function timeLeft(left: number, rate: number): string {
  if (left <= 0 || rate <= 0) return "";
  const seconds = Math.ceil(left / rate);
  if (seconds < 60) return ` · ${seconds} s left`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60
    ? ` · ${minutes} min left`
    : ` · ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

function progressLines(stream: NodeJS.WritableStream, what: string): Progress {
  let printedAt = performance.now();
  let last = "";
  const print = (line: string) => {
    if (line !== last) stream.write(line);
    last = line;
    printedAt = performance.now();
  };
  let latest = "";
  return {
    update: (done, total) => {
      latest = `${what}: ${done} of ${total}\n`;
      if (performance.now() - printedAt >= LINE_EVERY_MS) print(latest);
    },
    end: () => print(latest),
  };
}
