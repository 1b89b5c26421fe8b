import { nearestName } from "../errors/nearest-name.ts";

export interface KeysOptions {
  readonly names: readonly string[];
  /** What the names are of: "a mail". */
  readonly of: string;
  /** What people write for them who know another library, in small letters, and what to write here. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}

/** What is wrong with the first key that is none of the names, and the way out: from JavaScript a mistyped one would be left out silently. */
export function unknownKey(given: object, { names, of, elsewhere = {} }: KeysOptions): string | undefined {
  const unknown = Object.keys(given).find((key) => !names.includes(key));
  if (unknown === undefined) return undefined;
  const key = unknown.toLowerCase();
  const known = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
  const near = nearestName(unknown, names);
  const meant = known ?? (near && `\`${near}\``);
  const wayOut = meant === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${meant}?`;
  return `${JSON.stringify(unknown.slice(0, 60))} is no part of ${of}. ${wayOut}`;
}

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
