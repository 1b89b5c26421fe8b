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

/** What nodemailer's pool is told, and with it every connection. */
export function poolOptions(
  settings: SmtpSettings,
  { connect = 10_000, greeting = 10_000, answer = 600_000, idle = 10_000 }: SmtpTimeouts,
) {
  const { host, port, secure, user, password, connections, starttls, rejectUnauthorized, name } = settings;
  return {
    pool: true as const,
    host,
    port,
    secure,
    ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
    ...(name !== undefined && { name }),
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    maxRequeues: 0,
    idleTimeout: idle,
    connectionTimeout: connect,
    greetingTimeout: greeting,
    dnsTimeout: connect,
    socketTimeout: answer,
    requireTLS: starttls === "required",
    ignoreTLS: starttls === "never",
    tls: { rejectUnauthorized },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
