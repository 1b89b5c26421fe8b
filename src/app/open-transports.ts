import type { Config } from "../config/resolve-config.ts";
import { ProviderDirectory } from "../transports/providers/provider-directory.ts";
import type { TransportPlans } from "../transports/transport-settings.ts";
import type { TransportPlace } from "../transports/transport-url.ts";
import { Transports, type TransportsOptions } from "../transports/transports.ts";

/** The name of the only way out where no `transports` are given. */
const DEFAULT = "(default)";

/** In ms. */
const MAX_WAIT = 60_000;

/** The transports of a configuration: the named ones, the caller's own, the mail server, or the inbox folder. */
export function openTransports(
  config: Config,
  given: Pick<TransportsOptions, "events" | "rates" | "now">,
): Transports {
  const { transports: named = new Map(), transport, providers, providerOf } = config;
  const { events } = given;
  const directory = new ProviderDirectory({
    providers,
    providerOf,
    onError: (error) => events.emit("callback.failed", { callback: "providerOf", error }),
  });
  const chosen = typeof transport === "string" ? transport : named.keys().next().value;
  if (chosen !== undefined && typeof transport !== "object")
    return new Transports({ plans: named, main: chosen, directory, ...given });
  const limit = config.rate && { limit: { rate: config.rate, maxWait: MAX_WAIT } };
  const only: TransportPlans = new Map([[DEFAULT, { kind: "one", place: placeOf(config), ...limit }]]);
  return new Transports({ plans: new Map([...named, ...only]), main: DEFAULT, directory, ...given });
}

function placeOf({ transport, smtpUrl, inbox }: Config): TransportPlace {
  if (typeof transport === "object") return { kind: "given", transport };
  return smtpUrl ? { kind: "smtp", settings: smtpUrl } : { kind: "inbox", folder: inbox };
}
