import { InvalidOptionsError } from "../errors/errors.ts";
import { parseSmtpUrl, type SmtpSettings } from "./smtp/smtp-url.ts";
import type { Transport } from "./transport.ts";

const STREAMS = ["stdout", "stderr"] as const;

/** Where mails go. `open-transport.ts` opens it, and is loaded only where mails are sent. */
export type TransportPlace =
  | { readonly kind: "given"; readonly transport: Transport }
  | { readonly kind: "inbox"; readonly folder: string }
  | { readonly kind: "memory" }
  | { readonly kind: "stream"; readonly name: (typeof STREAMS)[number] }
  | { readonly kind: "smtp"; readonly settings: SmtpSettings };

/**
 * Reads `smtp://…`, `smtps://…`, `inbox:folder`, `memory:` or `stream:stdout`.
 * @throws InvalidOptionsError which never repeats the URL, because a password may stand in it
 */
export function readTransportUrl(url: string): TransportPlace {
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(url) ?? [];
  if (scheme === "inbox" && rest !== "") return { kind: "inbox", folder: rest };
  if (scheme === "memory" && rest === "") return { kind: "memory" };
  const name = STREAMS.find((stream) => stream === rest);
  if (scheme === "stream" && name) return { kind: "stream", name };
  if (scheme === "smtp" || scheme === "smtps") return { kind: "smtp", settings: parseSmtpUrl(url) };
  throw new InvalidOptionsError("its URL", [
    "must look like smtp://user:password@host:587, smtps://host, inbox:folder, memory: or stream:stdout",
  ]);
}
