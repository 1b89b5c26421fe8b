/**
 * How servers name a mail they took, in the words of their answer (250), the more special first: by this name its log or its operator
 * finds the mail again.
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
