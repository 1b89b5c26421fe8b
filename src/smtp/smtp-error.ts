import type { BrokenAt } from "./outcome.ts";
import { broken, classifyReply, refusedMessage, refusedRecipients } from "./outcome.ts";
import type { Outcome, Refusal } from "./transport.ts";

/** What nodemailer's errors carry, as far as it is used here. */
export interface SmtpError extends Error {
  readonly code?: string;
  /** The code of Node's own error beneath, such as CERT_HAS_EXPIRED. */
  readonly originalCode?: string;
  readonly command?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly rejectedErrors?: readonly (SmtpError & { readonly recipient?: string })[];
}

/** How far the message had got when the error came. */
export interface SendTrace {
  /** Whether anything of the message was asked for, which is after the server's go-ahead to DATA. */
  readonly started: boolean;
  /** Whether all of the message was handed to the connection, so that the final dot may have left. */
  readonly ended: boolean;
}

/** nodemailer's codes of a connection that could not be set up. */
const NO_CONNECTION = new Set(["EDNS", "EPROXY"]);
const OUR_FAULT = new Set(["EAUTH", "ENOAUTH", "ETLS", "EREQUIRETLS", "EOAUTH2", "ECONFIG"]);
const REFUSED_BY_NETWORK =
  /ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|Connection timeout|Greeting never received|before secure TLS connection/;
/** What nodemailer's pool says when a connection closed before it was ready, or was found closed when it was used again. */
const CLOSED_BEFORE_USE = /^Reached maximum number of retries/;

/** What nodemailer was doing when a server turned away the session, before there was any message. */
const SESSION_COMMANDS = new Set(["CONN", "EHLO", "HELO"]);

/** OpenSSL's and Node's words for a certificate or a handshake that failed. */
const TLS_FAILED = /CERT|TLS|SSL|SIGNATURE|^UNABLE_TO_|^EPROTO$/;

/** What an error of a send means: a reply decides by its code, a broken connection by how far the message had got. */
export function outcomeOf(error: SmtpError, trace: SendTrace): Outcome {
  const { code = "", responseCode, response = error.message, rejectedErrors = [] } = error;
  if (code === "EAUTH" && responseCode !== undefined && responseCode < 500)
    return sessionRefused(responseCode, response);
  if (OUR_FAULT.has(code) || TLS_FAILED.test(error.originalCode ?? ""))
    return ourFault(response, responseCode);
  if (rejectedErrors.length > 0) return recipientsRefused(rejectedErrors);
  if (responseCode && isSession(error, trace)) return sessionRefused(responseCode, response);
  if (responseCode) return refusedMessage({ code: responseCode, response });
  if (code === "EENVELOPE" || code === "EMESSAGE")
    return { class: "rejected", response, accepted: [], refused: [] };
  return broken(brokenAt(error, trace), response);
}

function ourFault(response: string, code: number | undefined): Outcome {
  return { class: "our-fault", response, ...(code !== undefined && { code }), accepted: [], refused: [] };
}

function isSession({ command = "" }: SmtpError, { started }: SendTrace): boolean {
  return !started && SESSION_COMMANDS.has(command);
}

/** A server that will not talk to us (RFC 5321 3.1) says nothing about the mail: it would say the same to every other. */
function sessionRefused(code: number, response: string): Outcome {
  if (code >= 500) return ourFault(response, code);
  return { class: "throttled", code, response, accepted: [], refused: [] };
}

function recipientsRefused(errors: NonNullable<SmtpError["rejectedErrors"]>): Outcome {
  const fault = errors.find((error) => classifyOf(error) === "our-fault");
  if (fault) return ourFault(fault.response ?? fault.message, fault.responseCode);
  return refusedRecipients(errors.map(refusalOf));
}

/** A refused recipient of a message that others got, or that nobody got. */
export function refusalOf(error: SmtpError & { readonly recipient?: string }): Refusal {
  const { responseCode, response = error.message, recipient = "" } = error;
  const found = classifyOf(error);
  return {
    address: recipient,
    class: found === "our-fault" ? "deferred" : found,
    response,
    ...(responseCode !== undefined && { code: responseCode }),
  };
}

/** Without a reply nodemailer refused the recipient by itself, which it would do again. */
function classifyOf({ responseCode, response = "" }: SmtpError): ReturnType<typeof classifyReply> {
  return responseCode ? classifyReply({ code: responseCode, response }) : "rejected";
}

function brokenAt({ code = "", message }: SmtpError, { started, ended }: SendTrace): BrokenAt {
  if (ended) return "after-dot";
  if (started) return "before-dot";
  const neverUsable =
    NO_CONNECTION.has(code) || REFUSED_BY_NETWORK.test(message) || CLOSED_BEFORE_USE.test(message);
  return neverUsable ? "connect" : "before-dot";
}

/** Whether a pooled connection turned out to be closed before anything of the message was sent: worth a fresh one. */
export function isStaleConnection({ code, message }: SmtpError, { started }: SendTrace): boolean {
  if (started) return false;
  return (
    CLOSED_BEFORE_USE.test(message) || (code === "ECONNECTION" && message.startsWith("Connection closed"))
  );
}
