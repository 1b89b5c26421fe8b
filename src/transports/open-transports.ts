import type { Config } from "../config/resolve-config.ts";
import { SmtpTransport } from "../smtp/smtp-transport.ts";
import { InboxTransport } from "./inbox-transport.ts";
import type { TransportPlans } from "./transport-settings.ts";
import type { OpenTransport } from "./transport-url.ts";
import { Transports, type TransportsOptions } from "./transports.ts";

/** The name of the only way out where no `transports` are given. */
const DEFAULT = "(default)";

/** In ms. */
const MAX_WAIT = 60_000;

/** The transports of a configuration: the named ones, the caller's own, the mail server, or the inbox folder. */
export function openTransports(
  config: Config,
  given: Pick<TransportsOptions, "events" | "rates" | "now">,
): Transports {
  const { transports: named = new Map(), transport } = config;
  const chosen = typeof transport === "string" ? transport : named.keys().next().value;
  if (chosen !== undefined && typeof transport !== "object")
    return new Transports({ plans: named, main: chosen, ...given });
  const limit = config.rate && { limit: { rate: config.rate, maxWait: MAX_WAIT } };
  const only: TransportPlans = new Map([[DEFAULT, { kind: "one", open: opener(config), ...limit }]]);
  return new Transports({ plans: new Map([...named, ...only]), main: DEFAULT, ...given });
}

function opener({ transport, smtpUrl, inbox }: Config): OpenTransport {
  if (typeof transport === "object") return () => transport;
  return (options) => (smtpUrl ? new SmtpTransport(smtpUrl, options) : new InboxTransport({ folder: inbox }));
}
