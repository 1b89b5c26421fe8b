import type { Reply } from "../outcome.ts";

/** RFC 5321 4.5.3.1.5 allows 512 octets; some servers write longer ones. */
const LONGEST_LINE = 8_192;
const LONGEST_REPLY = 65_536;

/** What came from the server is no SMTP: nothing that follows can be told for what it is. */
export class BadReplyError extends Error {}

/** Puts a server's replies together from what the socket gives: lines cut anywhere, several lines to a reply, ended by CRLF or LF. */
export class ReplyParser {
  /** What has come of a line that has not ended. Bytes as Latin-1. */
  #line = "";
  /** The lines so far of a reply that goes on. */
  #lines: string[] = [];
  #length = 0;

  /** Hands over every reply that is whole. @throws BadReplyError, after those before it */
  read(chunk: Buffer, onReply: (reply: Reply) => void): void {
    const text = this.#line + chunk.toString("latin1");
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      const reply = this.#take(text.slice(start, text[end - 1] === "\r" ? end - 1 : end));
      if (reply) onReply(reply);
      start = end + 1;
    }
    this.#line = text.slice(start);
    checkLength(this.#line.length, LONGEST_LINE);
  }

  #take(line: string): Reply | undefined {
    checkLength(line.length, LONGEST_LINE);
    this.#length += line.length;
    checkLength(this.#length, LONGEST_REPLY);
    const [, code = "", more] = /^([2-5]\d\d)(?:$|([ -]))/.exec(line) ?? [];
    if (code === "") throw new BadReplyError(`What the mail server says is no SMTP: ${line.slice(0, 80)}`);
    this.#lines.push(line);
    if (more === "-") return undefined;
    const response = decoded(this.#lines.join("\n"));
    this.#lines = [];
    this.#length = 0;
    return { code: Number(code), response };
  }
}

function checkLength(length: number, longest: number): void {
  if (length > longest) throw new BadReplyError(`The mail server's reply is longer than ${longest} bytes`);
}

/** As UTF-8, which most servers mean, unless it cannot be that. */
function decoded(latin1: string): string {
  if (/^[\0-\x7f]*$/.test(latin1)) return latin1;
  const text = Buffer.from(latin1, "latin1").toString();
  return text.includes("\uFFFD") ? latin1 : text;
}
