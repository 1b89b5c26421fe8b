/** What may be in no text of a mail (RFC 5322 2.3 and 6): what a transport would have to change, so that no reader sees what was written. */
export function textFault(text: string): string | undefined {
  if (text.includes("\0")) return "a NUL character";
  return text.isWellFormed() ? undefined : "half a character (a lone surrogate)";
}

const CONTROL = /[\p{Cc}\u2028\u2029]/u;
const CONTROL_BUT_TAB = /[^\P{Cc}\t]|[\u2028\u2029]/u;

/** What may not be in a header, a name or a file name, each of which is one line. */
export function lineFault(text: string, { tabs = false } = {}): string | undefined {
  const fault = textFault(text);
  if (fault !== undefined) return fault;
  return (tabs ? CONTROL_BUT_TAB : CONTROL).test(text) ? "a line break or control character" : undefined;
}
