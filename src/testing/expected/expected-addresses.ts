import { mailbox } from "../../mail/addresses.ts";
import type { Address, Mailbox } from "../../mail/mail.ts";
import { type AsymmetricMatcher, isStandIn } from "./asymmetric-matcher.ts";
import { show } from "./show.ts";

/** An address, for which the mail may have any name; with a name, that one. Or a pattern of "Ann <ann@example.com>". */
export type ExpectedAddress = Address | RegExp | AsymmetricMatcher;

export type ExpectedAddresses = ExpectedAddress | readonly ExpectedAddress[];

/**
 * How mailboxes differ among which these are to be.
 * @throws InvalidMailError when an expected one is not an address
 */
export function differencesOfAddresses(
  expected: ExpectedAddresses,
  actual: readonly Mailbox[],
  path: string,
): readonly string[] {
  const wanted = isList(expected) ? expected : [expected];
  const found = actual.length === 0 ? "there is none" : `there is ${actual.map(showMailbox).join(", ")}`;
  return wanted
    .filter((address) => !actual.some((box) => isAddress(address, box, path)))
    .map((address) => `${path}: ${showAddress(address)} is missing; ${found}`);
}

/** What patterns are looked for in. */
function written({ name, address }: Mailbox): string {
  return name === "" ? address : `${name} <${address}>`;
}

/** The same for people: what a name holds beside letters must not pass for more addresses. */
function showMailbox({ name, address }: Mailbox): string {
  return written({ name: /^[\p{L}\p{M}\p{N} .'-]*$/u.test(name) ? name : show(name), address });
}

function showAddress(expected: ExpectedAddress): string {
  if (typeof expected === "string") return expected;
  return isStandIn(expected) || expected instanceof RegExp ? show(expected) : showMailbox(expected);
}

function isAddress(expected: ExpectedAddress, actual: Mailbox, path: string): boolean {
  if (isStandIn(expected)) return expected.asymmetricMatch(actual);
  if (expected instanceof RegExp) return written(actual).search(expected) >= 0;
  // Read as an action's own are, so that a domain in other letters is the same one.
  const { name, address } = mailbox(expected, `${path} of the expected mail`);
  return address === actual.address && (name === "" || name === actual.name);
}

function isList(expected: ExpectedAddresses): expected is readonly ExpectedAddress[] {
  return Array.isArray(expected);
}
