import type { SendOptions } from "./transport.ts";

/**
 * The options of a mail by which a circuit breaker tries whether its transport works again. A newsletter stops the mails beside one that
 * was refused; that must not end the trial, or no trial would ever end otherwise. So the signal ends it only where the mail's own attempt
 * is over, which `isLive` tells.
 */
export function trialOptions(options: SendOptions = {}): SendOptions {
  const { signal, isLive } = options;
  if (signal === undefined || isLive === undefined) return options;
  const over = new AbortController();
  const onAbort = () => {
    if (!isLive()) over.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return { ...options, signal: over.signal };
}
