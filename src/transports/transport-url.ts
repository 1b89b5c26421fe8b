import { InvalidOptionsError } from "../errors.ts";
import type { Learnt } from "../smtp/learnt-limit.ts";
import { SmtpTransport } from "../smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../smtp/smtp-url.ts";
import type { Transport } from "../smtp/transport.ts";
import { InboxTransport } from "./inbox-transport.ts";
import { MemoryTransport } from "./memory-transport.ts";
import { StreamTransport } from "./stream-transport.ts";

export interface OpenTransportOptions {
  /** Told of limits that the other end turned out to have. */
  readonly onLearnt: (learnt: Learnt) => void;
}

export type OpenTransport = (options: OpenTransportOptions) => Transport;

const STREAMS = { stdout: process.stdout, stderr: process.stderr };

/**
 * Reads `smtp://…`, `smtps://…`, `inbox:folder`, `memory:` or `stream:stdout`. Nothing is opened before it is asked for.
 * @throws InvalidOptionsError which never repeats the URL, because a password may stand in it
 */
export function readTransportUrl(url: string): OpenTransport {
  const [, scheme = "", rest = ""] = /^([a-z]+):(.*)$/s.exec(url) ?? [];
  if (scheme === "inbox" && rest !== "") return () => new InboxTransport({ folder: rest });
  if (scheme === "memory" && rest === "") return () => new MemoryTransport();
  if (scheme === "stream" && isStream(rest))
    return () => new StreamTransport({ output: STREAMS[rest], name: rest });
  if (scheme === "smtp" || scheme === "smtps") {
    const settings = parseSmtpUrl(url);
    return (options) => new SmtpTransport(settings, options);
  }
  throw new InvalidOptionsError("its URL", [
    "must look like smtp://user:password@host:587, smtps://host, inbox:folder, memory: or stream:stdout",
  ]);
}

function isStream(name: string): name is keyof typeof STREAMS {
  return Object.hasOwn(STREAMS, name);
}
