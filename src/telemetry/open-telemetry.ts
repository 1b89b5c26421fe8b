import type { Plugin } from "../queue/lifecycle.ts";
import { recordMeasurements } from "./instruments.ts";
import { makeSpans } from "./spans.ts";

export interface OpenTelemetryOptions {
  /**
   * Which trace an attempt belongs to. `caller`: that of the call that delayed it, so that one trace goes from the request to the mail
   * server's answer. `own`: one of its own with a link to the call, for jobs that wait for days. @default "caller"
   */
  readonly trace?: "caller" | "own";
}

/** The name under which spans and instruments are made. */
const SCOPE = "delayed-mailer";

/**
 * Makes OpenTelemetry spans of delayed calls, attempts, rendering and sending, and fills instruments. Which SDK takes them, if any, is the
 * application's choice: without one nothing is recorded. No address stands in a span.
 * @example configure({ plugins: [openTelemetry()] });
 */
export function openTelemetry({ trace = "caller" }: OpenTelemetryOptions = {}): Plugin {
  return (lifecycle, events) => {
    makeSpans(lifecycle, { scope: SCOPE, isOwnTrace: trace === "own" });
    recordMeasurements(events, SCOPE);
  };
}
