import { DelayedMailError } from "../errors/errors.ts";
import type { Outcome } from "../transports/transport.ts";

/** `deliver()` could not hand the mail over; nothing is queued. Switch on `outcome.class`. */
export class DeliveryError extends DelayedMailError {
  readonly code = "DELIVERY";
  readonly outcome: Outcome;

  constructor(mail: string, outcome: Outcome) {
    super(`${mail} was not sent: ${ended(outcome.response)} ${ADVICE[outcome.class]}`);
    this.outcome = outcome;
  }
}

function ended(response: string): string {
  return /[.!?]$/.test(response) ? response : `${response}.`;
}

const RETRIED = "deliverLater() stores the call, and a worker tries again until the server takes it.";

/** What can be done about it. */
const ADVICE: Readonly<Record<Outcome["class"], string>> = {
  sent: "",
  rejected:
    "The server refuses this mail for good: mend its recipients, sender or words; trying again changes nothing.",
  deferred: `The server did not take it this time. ${RETRIED}`,
  throttled: `The server wants mails to come later. ${RETRIED}`,
  lost: `The connection broke before the mail was handed over. ${RETRIED}`,
  unreachable: `There was no connection to the mail server. See that it runs and that SMTP_URL names it. ${RETRIED}`,
  "our-fault":
    "The mail server does not accept us: mend SMTP_URL, its login or the sender's domain; delayed-mailer check tries them.",
  unknown:
    "The connection broke after the mail was handed over: it may have arrived. Sending it again may be a second copy.",
};
