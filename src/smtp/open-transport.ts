import type { Config } from "../config.ts";
import type { Events } from "../events.ts";
import { CircuitBreaker } from "./breaker.ts";
import { InboxTransport } from "./inbox-transport.ts";
import { SmtpTransport } from "./nodemailer-transport.ts";
import type { Transport } from "./transport.ts";

/** The transport of a configuration: the caller's own, SMTP behind a circuit breaker, or the inbox folder. */
export function openTransport({ transport, smtpUrl, inbox }: Config, events: Events): Transport {
  if (transport) return transport;
  if (!smtpUrl) return new InboxTransport({ folder: inbox });
  return new CircuitBreaker(new SmtpTransport(smtpUrl), {
    onChange: (change) => events.emit("transport.changed", change),
  });
}
