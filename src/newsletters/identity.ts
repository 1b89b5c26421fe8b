import { InvalidOptionsError } from "../errors/errors.ts";

/** Of an identity, in UTF-16 code units: longer than any address, and short enough that no row's is a burden on its chunk. */
const LONGEST = 1_000;
const NAMES = ["email", "address"] as const;

/**
 * What makes two rows the same person: the row itself when it is text, else the address in its `email` or `address`. Letters of addresses
 * are folded, because no provider of note tells `Ann@` from `ann@`. Other text, such as an id, stays as it is.
 * @throws InvalidOptionsError when the row has none of these
 */
export function defaultIdentity(row: unknown): string {
  const found = typeof row === "string" ? (addressIn(row) ?? row.trim()) : addressOf(row);
  if (found) return found;
  throw new InvalidOptionsError("a row of the audience", [
    "it has no address with an @ in email or address; say { identify: (row) => ... }",
  ]);
}

/**
 * What `identify` gave, if it can tell people apart and comes back from a store as it is.
 * @throws InvalidOptionsError
 */
export function checkedIdentity(identity: unknown): string {
  const problem = problemOf(identity);
  if (problem === undefined) return String(identity);
  throw new InvalidOptionsError("a row of the audience", [`identify gave ${problem}; it must return a text`]);
}

function problemOf(identity: unknown): string | undefined {
  if (identity instanceof Promise) return "a promise";
  if (typeof identity !== "string") return identity === null ? "null" : `a value of type ${typeof identity}`;
  if (identity === "") return "an empty text";
  if (identity.length > LONGEST) return `${identity.length} characters (at most ${LONGEST})`;
  return identity.isWellFormed() ? undefined : "half a character (a lone surrogate)";
}

function addressOf(row: unknown): string | undefined {
  for (const name of NAMES) {
    const found = addressIn(fieldOf(row, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A mailbox is text, or `{ name, address }`, as in a mail's `to`. A postal address is none: a household is not one person. */
function addressIn(mailbox: unknown): string | undefined {
  if (typeof mailbox !== "string") return isObject(mailbox) ? addressIn(textIn(mailbox)) : undefined;
  const address = /<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox;
  return /.@[^\s@]+$/.test(address.trim()) ? address.trim().normalize("NFC").toLowerCase() : undefined;
}

function textIn(mailbox: object): string | undefined {
  const address = fieldOf(mailbox, "address");
  return typeof address === "string" ? address : undefined;
}

/** As it is written, or in other letters: the header of a CSV file may say `Email`. */
function fieldOf(row: unknown, name: string): unknown {
  if (!isObject(row)) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...row };
  const exact = Reflect.get(row, name);
  if (exact !== undefined && exact !== null) return exact;
  const other = Object.keys(fields).find((key) => key.toLowerCase() === name);
  return other === undefined ? undefined : fields[other];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
