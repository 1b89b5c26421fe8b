import { meaningOf } from "../errors/error-meaning.ts";
import { StopMail } from "../errors/errors.ts";
import type { MailCall, Rescue } from "../mail/callbacks.ts";

/**
 * Offers an error to a mailer's handlers, the first one that takes its class, or else the class of what caused it.
 * @returns why the mail was stopped, when it was, or when a handler has dealt with the error
 * @throws the error itself when no handler takes it, else what the handler threw
 */
export async function rescue(
  error: unknown,
  rescues: readonly Rescue[],
  { mailer, action, args, params }: MailCall,
): Promise<StopMail> {
  if (error instanceof StopMail) return error;
  if (meaningOf(error, "fail").isDecision) throw error;
  const call = { mailer, action, args, params };
  try {
    for (const cause of causesOf(error))
      for (const { handle } of rescues) if (await handle(cause, call)) return handled(cause);
  } catch (thrown) {
    if (thrown instanceof StopMail) return thrown;
    throw thrown;
  }
  throw error;
}

/** The error, and what it says it was caused by. */
function causesOf(error: unknown): readonly unknown[] {
  const causes = new Set<unknown>();
  for (let cause = error; cause instanceof Error && !causes.has(cause); cause = cause.cause)
    causes.add(cause);
  return [...causes];
}

function handled(error: unknown): StopMail {
  const told = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new StopMail(`rescued from ${told}`, { cause: error });
}
