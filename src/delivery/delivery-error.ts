import { DelayedMailError } from "../errors/errors.ts";
import type { Outcome } from "../transports/transport.ts";

/** `deliver()` could not hand the mail over; nothing is queued. Switch on `outcome.class`. */
export class DeliveryError extends DelayedMailError {
  readonly code = "DELIVERY";
  readonly outcome: Outcome;

  constructor(mail: string, outcome: Outcome) {
    super(
      `${mail} was not sent (${outcome.class}): ${outcome.response}. Use deliverLater() to have it retried.`,
    );
    this.outcome = outcome;
  }
}
