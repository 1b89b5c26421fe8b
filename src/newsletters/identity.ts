import { InvalidOptionsError } from "../errors.ts";

/**
 * What makes two rows the same person: the row itself when it is text, else its `email` or `address`. Letters are folded, because no
 * provider of note tells `Ann@` from `ann@`.
 * @throws InvalidOptionsError when the row has none of these
 */
export function defaultIdentity(row: unknown): string {
  const found = typeof row === "string" ? row : addressOf(row);
  if (typeof found === "string" && found.trim() !== "") return found.trim().normalize("NFC").toLowerCase();
  throw new InvalidOptionsError("a row of the audience", [
    "it has no email or address; say { identify: (row) => ... }",
  ]);
}

function addressOf(row: unknown): unknown {
  if (typeof row !== "object" || row === null) return undefined;
  if ("email" in row) return row.email;
  return "address" in row ? row.address : undefined;
}
