import { domainToASCII } from "node:url";
import { InvalidMailError } from "../errors/errors.ts";
import { memoize } from "../memoize.ts";
import { lineFault } from "./field-faults.ts";
import type { Address, Addresses, Mailbox, RenderedMail } from "./mail.ts";

/** RFC 5321 4.5.3.1, in octets; a path has two angle brackets around the address. */
const MAX_LOCAL_PART = 64;
const MAX_DOMAIN = 255;
const MAX_ADDRESS = 256 - 2;
const MAX_LABEL = 63;

/** RFC 5322 atext and dots, with the letters, digits and symbols of RFC 6531. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~.\-\p{L}\p{M}\p{N}\p{So}]+$/u;
/** No dot-atom (RFC 5322 3.2.3), and yet the address of many people: providers in Japan gave such addresses away. */
const ODD_DOTS = /^\.|\.\.|\.$/;
const DOMAIN = /^[\w\-\p{L}\p{M}\p{N}]+(\.[\w\-\p{L}\p{M}\p{N}]+)*$/u;
const ASCII_LABEL = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i;

/** What may not stand in a name without quotes: each could begin another address. */
const NEEDS_QUOTES = /[<>,;:@"\\[\]]/;

/**
 * Reads one mailbox: `"a@x.test"`, `"Ann <a@x.test>"`, `'"Lee, Ann" <a@x.test>'` or `{ name, address }`.
 * @throws InvalidMailError which names the field and never the address
 */
export function mailbox(value: Address, field: string): Mailbox {
  const { name, address } =
    typeof value === "string" ? splitMailbox(value, field) : namedMailbox(value, field);
  const fault = lineFault(name);
  if (fault !== undefined) throw invalid(field, `its name holds ${fault}`);
  return { name: name.trim(), address: checkedAddress(address, field) };
}

/** Reads a list of mailboxes, or one. @throws InvalidMailError */
export function mailboxes(value: Addresses | undefined, field: string): readonly Mailbox[] {
  if (value === undefined) return [];
  if (!isList(value)) return [mailbox(value, field)];
  return value.map((address, index) => mailbox(address, `${field}[${index}]`));
}

function isList(value: Addresses): value is readonly Address[] {
  return Array.isArray(value);
}

function namedMailbox(value: unknown, field: string): Mailbox {
  const { name = "", address } = (value ?? {}) as { name?: unknown; address?: unknown };
  if (typeof name === "string" && typeof address === "string") return { name, address };
  throw invalid(field, 'it is neither a string nor { name: "Ann", address: "ann@example.com" }');
}

function splitMailbox(value: string, field: string): Mailbox {
  const fault = lineFault(value);
  if (fault !== undefined) throw invalid(field, `it holds ${fault}`);
  const [, before, address] = /^([^<]*)<([^<>]*)>$/.exec(value.trim()) ?? splitQuoted(value.trim());
  if (before === undefined || address === undefined) return { name: "", address: value.trim() };
  return { name: unquoted(before.trim(), field), address };
}

function splitQuoted(value: string): readonly (string | undefined)[] {
  return /^("(?:\\.|[^"\\])*"\s*)<([^<>]*)>$/.exec(value) ?? [];
}

function unquoted(name: string, field: string): string {
  const [, quoted] = /^"((?:\\.|[^"\\])*)"$/.exec(name) ?? [];
  if (quoted !== undefined) return quoted.replace(/\\(.)/g, "$1");
  if (!NEEDS_QUOTES.test(name)) return name;
  throw invalid(
    field,
    "its name needs quotes, or it is more than one; give { name, address } objects, one for each",
  );
}

function checkedAddress(address: string, field: string): string {
  const [local, domain, ...more] = address.split("@");
  if (local === undefined || domain === undefined) throw invalid(field, 'its address has no "@"');
  if (more.length > 0) throw invalid(field, 'its address has more than one "@"; it must be exactly one');
  const mailboxName = asWritten(local);
  if (mailboxName === undefined) throw invalid(field, 'its address is not valid before the "@"');
  if (Buffer.byteLength(mailboxName) > MAX_LOCAL_PART)
    throw invalid(field, `its address has more than ${MAX_LOCAL_PART} octets before the "@"`);
  const ascii = knownDomain(domain);
  if (ascii === undefined) throw invalid(field, 'its address is not valid after the "@"');
  const whole = `${mailboxName}@${ascii}`;
  if (Buffer.byteLength(whole) > MAX_ADDRESS)
    throw invalid(field, `its address is longer than ${MAX_ADDRESS} octets`);
  return whole;
}

/** What stands before the "@", as it goes on the wire: in quotes only where the dots need them (RFC 5321 4.1.2). */
function asWritten(local: string): string | undefined {
  const bare = /^"[^"]+"$/.test(local) ? local.slice(1, -1) : local;
  if (!LOCAL_PART.test(bare)) return undefined;
  return ODD_DOTS.test(bare) ? `"${bare}"` : bare;
}

/** A domain as it goes on the wire. Numbers that some resolver would read as an IP address are not one. */
function asciiDomain(domain: string): string | undefined {
  if (domain.length > MAX_DOMAIN || !DOMAIN.test(domain)) return undefined;
  const ascii = domainToASCII(domain);
  const labels = ascii.split(".");
  if (ascii.length > MAX_DOMAIN || /^\d*$/.test(labels.at(-1) ?? "")) return undefined;
  return labels.every((label) => label.length <= MAX_LABEL && ASCII_LABEL.test(label)) ? ascii : undefined;
}

/** Most recipients have theirs from a few providers. */
const knownDomain = memoize(asciiDomain);

function invalid(field: string, problem: string): InvalidMailError {
  return new InvalidMailError(`"${field}" is not one mailbox: ${problem}.`);
}

/** Who a mail goes from and to as the server is told (RFC 5321 3.3): bare addresses, each once. */
export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * Nothing that a reader of addresses would take for a name, a comment, or the next address; in quotes stands what could be without them,
 * but for its dots.
 */
const ONE_ADDRESS = /^([^\s\p{Cc}@<>()[\]\\,;:"]+|"[^\s\p{Cc}@<>()[\]\\,;:"]+")@[^\s\p{Cc}@<>()[\]\\,;:"]+$/u;

/**
 * The envelope of a mail, narrowed to `recipients` where they are given.
 * @throws InvalidMailError when one of them is not exactly one address
 */
export function envelopeOf(mail: RenderedMail, recipients = recipientsOf(mail)): Envelope {
  return { from: oneAddress(mail.from.address), to: [...new Set(recipients)].map(oneAddress) };
}

/** Everybody a mail is for, blind copies among them, each once. */
export function recipientsOf({ to, cc, bcc }: RenderedMail): readonly string[] {
  const [only] = to;
  if (only && to.length + cc.length + bcc.length === 1) return [only.address];
  return [...new Set([...to, ...cc, ...bcc].map(({ address }) => address))];
}

/**
 * The address as it came. Nodemailer would not refuse two addresses in one string, but send to both.
 * @throws InvalidMailError which never repeats the address
 */
export function oneAddress(address: string): string {
  if (ONE_ADDRESS.test(address)) return address;
  throw new InvalidMailError("A sender or recipient is not exactly one mail address.");
}

/** Whether the server must know SMTPUTF8 (RFC 6531): letters outside ASCII before an "@". Domains are ASCII long before. */
export function needsUtf8({ from, to, cc, replyTo }: RenderedMail, envelope: Envelope): boolean {
  const inHeaders = [from, ...to, ...cc, ...replyTo].map(({ address }: Mailbox) => address);
  return [...inHeaders, ...envelope.to].some((address) => /[^\p{ASCII}]/u.test(address));
}
