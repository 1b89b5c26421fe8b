import type { SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import type { SmtpSettings } from "./smtp-url.ts";

export interface SmtpTimeouts {
  /** To connect, in ms, up to the end of STARTTLS; cuts `greeting` short. @default 10_000 */
  readonly connect?: number;
  /** For the server's greeting, in ms. @default 10_000 */
  readonly greeting?: number;
  /**
   * For any later answer, in ms; RFC 5321 4.5.3.2.6 asks for ten minutes after the final dot, because giving up earlier sends mails
   * twice. A worker keeps its leases meanwhile. @default 600_000
   */
  readonly answer?: number;
  /** Until an idle connection is closed, in ms. @default 10_000 */
  readonly idle?: number;
}

export interface SessionOptions {
  readonly connection: SMTPConnectionOptions;
  readonly auth: { readonly user: string; readonly pass: string } | undefined;
  /** In ms. */
  readonly answer: number;
  /** In ms. */
  readonly idle: number;
}

/** What nodemailer is told to set up a connection, and what we need to know to go on with it. */
export function sessionOptions(
  settings: SmtpSettings,
  { connect = 10_000, greeting = 10_000, answer = 600_000, idle = 10_000 }: SmtpTimeouts,
): SessionOptions {
  const { host, port, secure, user, password, starttls, rejectUnauthorized, name } = settings;
  const connection: SMTPConnectionOptions = {
    host,
    port,
    secure,
    ...(name !== undefined && { name }),
    connectionTimeout: connect,
    greetingTimeout: greeting,
    dnsTimeout: connect,
    socketTimeout: answer,
    requireTLS: starttls === "required",
    ignoreTLS: starttls === "never",
    tls: { rejectUnauthorized },
  };
  const auth = user === undefined ? undefined : { user, pass: password ?? "" };
  return { connection, auth, answer, idle };
}
