import type { Call, HandlerSettings } from "./handler.ts";

/** @internal marks everything that can be stored, of whatever copy of the library */
export const CALL = Symbol.for("delayed-mailer/call");

/** A call that can be stored or performed: a message, a plain job's, a record's. */
export interface DelayableCall extends Pick<Call, "action" | "args" | "params"> {
  readonly [CALL]: true;
  /** The stored name of what performs it. */
  readonly handler: string;
  readonly settings: HandlerSettings;
  /** What is fixed when the call is stored and stays the same at every attempt. */
  meta(domain: string, now: Date): Call["meta"];
}

export function isDelayableCall(value: unknown): value is DelayableCall {
  return typeof value === "object" && value !== null && CALL in value;
}
