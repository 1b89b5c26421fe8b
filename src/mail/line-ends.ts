/**
 * Ends every line with CRLF, whatever ended it (RFC 5322 2.3): a CR by itself may not be in a mail, and servers would make CRLF of it,
 * which no longer is what was signed.
 */
export function withCrlf(text: string): string {
  return text.replace(/\r\n?|\n/g, "\r\n");
}
