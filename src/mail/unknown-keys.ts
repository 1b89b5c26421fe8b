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
