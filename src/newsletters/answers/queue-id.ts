/**
 * Patterns for the queue id in a server's answer (250), the more specific patterns first. The queue id is the server's own name for a mail;
 * the operator finds the mail by it in the server's log.
 */
const PATTERNS: readonly RegExp[] = [
  /** Postfix, Haraka and those that talk like them. */
  /\bqueued(?: mail)? as <?([\w.@:/+=-]+?)>?\.?(?:\s|$)/i,
  /** Exim. */
  /\bid=([\w-]+)/,
  /** Exchange. */
  /\bInternalId=(\d+)/i,
  /** Gmail. */
  /\bOK\s+\d+\s+(\S+)\s+-\s+gsmtp\b/i,
  /** Sendmail and OpenSMTPD. */
  /^250[ -](?:\d\.\d\.\d+ )?([\w.-]+) Message accepted for delivery/i,
  /** Amazon SES, and others that say no more than "Ok" and the name. */
  /^250[ -](?:\d\.\d\.\d+ )?Ok:? ([\w.@-]{8,})$/i,
];

/** The server's name for the mail it took, where its answer has one. */
export function queueIdOf(response: string): string | undefined {
  for (const pattern of PATTERNS) {
    const id = pattern.exec(response.trim())?.[1];
    if (id !== undefined) return id;
  }
  return undefined;
}
