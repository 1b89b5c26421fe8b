/** Calls `stop` at the first SIGTERM or SIGINT, and `stopNow` at every one after it. @returns stop listening */
export function onStopSignals(stop: () => void, stopNow: () => void): () => void {
  let signals = 0;
  const onSignal = () => {
    signals += 1;
    if (signals === 1) stop();
    else stopNow();
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  return () => process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
}
