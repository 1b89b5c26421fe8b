import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { errorMessage } from "../errors/error-message.ts";
import { withoutAddresses } from "../mail/addresses-in-text.ts";

/** The most of a text that a span gets, in characters. */
const LONGEST = 2_000;

/** A text that may go where spans go: without addresses, and not too long. */
export function spanText(text: string): string {
  // An address that is cut is none any more and would stay, so addresses are hidden first.
  return withoutAddresses(text, "(address)").slice(0, LONGEST);
}

/** The span's work did not succeed, for this reason. */
export function markFailed(span: Span, reason: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: spanText(reason) });
}

/** The span's work threw this. */
export function recordError(span: Span, error: unknown): void {
  const message = errorMessage(error);
  const { name, stack } = error instanceof Error ? error : { name: "Error", stack: undefined };
  span.recordException({
    name,
    message: spanText(message),
    ...(stack !== undefined && { stack: spanText(stack) }),
  });
  markFailed(span, message);
}
