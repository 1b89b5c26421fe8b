import { errorMessage } from "../errors/error-message.ts";
import { broken } from "./outcome.ts";
import type { Outcome, SendOptions } from "./transport.ts";

/** For transports that take a mail as a whole or not at all: whoever asked is told before, and of the answer. */
export async function attemptOnce(
  { signal, onFinalDot, onAnswer }: SendOptions,
  attempt: () => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  if (signal?.aborted) return broken("before-dot", "The send was aborted");
  try {
    onFinalDot?.();
  } catch (error) {
    return broken("before-dot", errorMessage(error));
  }
  const outcome = await attempt();
  onAnswer?.(outcome);
  return outcome;
}
