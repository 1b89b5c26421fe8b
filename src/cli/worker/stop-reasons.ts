import { onBrokenPipe } from "../broken-pipe.ts";
import type { Terminal } from "../command.ts";
import { onScriptRunnerGone } from "./script-runner.ts";

/**
 * Calls `stop` at the first SIGTERM or SIGINT, when the npm that runs us has gone, and when nobody reads our output any more; and `stopNow`
 * at every signal after the first.
 * @returns stop listening
 */
export function onReasonsToStop(terminal: Terminal, stop: () => void, stopNow: () => void): () => void {
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals === 1) stop();
    else stopNow();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  onBrokenPipe(terminal, stop);
  const unlisten = onScriptRunnerGone(stop);
  return () => {
    process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
    unlisten();
  };
}
