import { broken } from "../outcome.ts";
import type { Outcome } from "../transport.ts";
import type { SmtpSettings } from "./smtp-url.ts";

/** What nodemailer's errors carry, as far as it is used here. */
export interface SmtpError extends Error {
  readonly code?: string;
  /** The code of Node's own error beneath, such as CERT_HAS_EXPIRED. */
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
}

const OUR_FAULT = new Set(["EAUTH", "ENOAUTH", "ETLS", "EREQUIRETLS", "EOAUTH2", "ECONFIG"]);
/** OpenSSL's and Node's words for a certificate or a handshake that failed. */
const TLS_FAILED = /CERT|TLS|SSL|SIGNATURE|^UNABLE_TO_|^EPROTO$/;
const NOT_TLS = /wrong version number|packet length too long|unknown protocol/i;
const NO_GREETING = /Greeting never received|Connection closed|Invalid greeting/;
const CLOSED = /^Connection closed|^The connection closed|ECONNRESET|EPIPE/;
const SMTPS_PORT = 465;

type Server = Pick<SmtpSettings, "host" | "port" | "secure">;

/**
 * What it means for a mail that no connection could be set up. A server that will not talk to us (RFC 5321 3.1) says nothing about the
 * mail: it would say the same to every other. Without any answer there was no connection, and nothing was sent.
 */
export function outcomeOfOpening(error: SmtpError, server: Server): Outcome {
  const { code = "", originalCode = "", responseCode } = error;
  const response = tlsHint(error, server) ?? error.response ?? error.message;
  const isRefusal = responseCode !== undefined && responseCode >= 400 && responseCode < 600;
  if (isRefusal && responseCode < 500)
    return {
      class: "throttled",
      code: responseCode,
      response,
      accepted: [],
      refused: [],
      beforeRecipient: true,
    };
  if (isRefusal || OUR_FAULT.has(code) || TLS_FAILED.test(originalCode))
    return {
      class: "our-fault",
      response,
      ...(isRefusal && { code: responseCode }),
      accepted: [],
      refused: [],
    };
  return broken("connect", response);
}

/** Which URL is right, where this one begins TLS in the wrong way. */
export function tlsHint({ message }: SmtpError, { host, port, secure }: Server): string | undefined {
  if (secure && NOT_TLS.test(message))
    return `${host}:${port} does not begin with TLS: use smtp:// (STARTTLS) instead of smtps://`;
  if (!secure && port === SMTPS_PORT && NO_GREETING.test(message))
    return `${host}:${port} gives no greeting, because port 465 begins with TLS: use smtps:// instead of smtp://`;
  return undefined;
}

/** Whether a server that can be reached would not have this connection: it may allow fewer. */
export function isTurnedAway(error: SmtpError, { class: found }: Outcome): boolean {
  return found === "throttled" || (found === "unreachable" && CLOSED.test(error.message));
}
