import type { Job } from "../../jobs/job.ts";
import type { SentMail } from "../../mail/callbacks.ts";
import type { StoppedMail } from "./recorder.ts";

/** What went out: of a fake mailer, or in a block of `captureMails`. */
export interface Outbox {
  /** Mails that were sent, whether by `deliver()`, for a stored call or for a newsletter; the first one first. */
  readonly sent: readonly SentMail[];
  /** Stored calls that wait, the first one first; what was performed is not among them any more. */
  readonly queued: readonly Job[];
  /** Stored calls that are kept as failed. */
  readonly failed?: readonly Job[];
  readonly stopped?: readonly StoppedMail[];
}
