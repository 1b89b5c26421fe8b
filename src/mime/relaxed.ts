/*
 * The relaxed canonicalization of DKIM (RFC 6376 3.4.2 and 3.4.4), of texts that hold one byte in each character. Only spaces, tabs and
 * CRLF count: whatever else looks like white space is content.
 */

const BLANKS = /[ \t]{2,}|\t/g;
/** Where one field of a head ends and another begins. */
const BETWEEN_FIELDS = /\r\n(?![ \t])/;

/** The fields of a head, each by its name in lower case; of several with one name the last, which is the first to be signed (5.4.2). */
export function relaxedFields(head: string): ReadonlyMap<string, string> {
  const fields = head.split(BETWEEN_FIELDS).filter((field) => field.includes(":"));
  return new Map(fields.map((field) => [nameOf(field), relaxedField(field)]));
}

export function relaxedField(field: string): string {
  const value = field.slice(field.indexOf(":") + 1).replaceAll("\r\n", "");
  return `${nameOf(field)}:${withoutEnds(value.replace(BLANKS, " "))}`;
}

/** Blanks in a row are one, none ends a line, and no empty line ends the body. */
export function relaxedBody(body: string): string {
  const lines = body.replace(BLANKS, " ").replaceAll(" \r\n", "\r\n");
  let end = lines.endsWith(" ") ? lines.length - 1 : lines.length;
  while (lines.startsWith("\r\n", end - 2) && end > 0) end -= 2;
  return end === 0 ? "" : `${lines.slice(0, end)}\r\n`;
}

function nameOf(field: string): string {
  return withoutEnds(field.slice(0, field.indexOf(":")).replace(BLANKS, " ")).toLowerCase();
}

function withoutEnds(text: string): string {
  const start = text.startsWith(" ") ? 1 : 0;
  return text.endsWith(" ") && text.length > start ? text.slice(start, -1) : text.slice(start);
}
