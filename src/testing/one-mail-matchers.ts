import { InvalidOptionsError } from "../errors/errors.ts";
import type { SentMail } from "../mail/callbacks.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { checkFields } from "./expected/expectation.ts";
import { differencesOfAddresses, type ExpectedAddress } from "./expected/expected-addresses.ts";
import type { ExpectedAttachment } from "./expected/expected-attachments.ts";
import { differencesOfMail, type ExpectedMail, MAIL_FIELDS } from "./expected/expected-mail.ts";
import type { ExpectedText } from "./expected/expected-text.ts";
import type { Verdict } from "./expected/judgement.ts";
import { show } from "./expected/show.ts";
import { everybody } from "./fake/captured-lines.ts";

/** What can be said of a mail: of one of `mails.sent`, or of what `renderMail()` gives. */
export interface OneMailMatchers<R> {
  /** As `to`, `cc` or `bcc`. */
  toBeSentTo(address: ExpectedAddress): R;
  toBeFrom(address: ExpectedAddress): R;
  /** All of it, or a pattern that is in it. */
  toHaveSubject(subject: ExpectedText): R;
  /** In its text part. */
  toContainText(text: ExpectedText): R;
  /** In its html part. */
  toContainHtml(text: ExpectedText): R;
  /** Without a value, any will do. */
  toHaveHeader(name: string, value?: ExpectedText): R;
  toHaveTag(tag: string): R;
  toHaveAttachment(attachment: ExpectedAttachment): R;
  /** All of this at once. */
  toMatchMail(expected: ExpectedMail): R;
}

type Expected = Readonly<Record<string, unknown>>;

const ANY_TEXT = /^/;

export const oneMailMatchers = {
  toBeSentTo(received: unknown, address: ExpectedAddress): Verdict {
    const mail = mailIn("toBeSentTo", received, address);
    const everybody = [...mail.to, ...mail.cc, ...mail.bcc];
    return verdict(mail, { recipient: address }, differencesOfAddresses(address, everybody, "recipient"));
  },
  toBeFrom: matcher("toBeFrom", (from: ExpectedAddress) => ({ from })),
  toHaveSubject: matcher("toHaveSubject", (subject: ExpectedText) => ({ subject })),
  toContainText: matcher("toContainText", (text: ExpectedText) => ({ text })),
  toContainHtml: matcher("toContainHtml", (html: ExpectedText) => ({ html })),
  toHaveHeader: matcher("toHaveHeader", (name: string, value: ExpectedText = ANY_TEXT) => ({
    headers: { [name]: value },
  })),
  toHaveTag: matcher("toHaveTag", (tags: string) => ({ tags })),
  toHaveAttachment: matcher("toHaveAttachment", (attachments: ExpectedAttachment) => ({ attachments })),
  toMatchMail: matcher("toMatchMail", (expected: ExpectedMail) => expected),
};

function matcher<A extends readonly [unknown, ...unknown[]]>(
  name: string,
  expectedOf: (...args: A) => ExpectedMail,
) {
  return (received: unknown, ...args: A): Verdict => {
    const mail = mailIn(name, received, args[0]);
    const expected = expectedOf(...args);
    checkFields(name, expected, MAIL_FIELDS);
    return verdict(mail, { ...expected }, differencesOfMail(expected, mail));
  };
}

/** @throws InvalidOptionsError because an expectation of nothing would always hold */
function mailIn(matcher: string, received: unknown, expected: unknown): RenderedMail {
  if (expected === undefined)
    throw new InvalidOptionsError(matcher, ["it needs to be told what to look for"]);
  const given: unknown = isObject(received) && isObject(received.mail) ? received.mail : received;
  if (isMail(given)) return given;
  throw new InvalidOptionsError(matcher, [
    `expect() must be given one mail, such as mails.sent[0] or what renderMail() gives, and was given ${show(received)}`,
  ]);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** The type of what tests are told to give, for callers without types. */
function isMail(value: unknown): value is (SentMail | RenderedMail) & RenderedMail {
  return isObject(value) && "subject" in value && "messageId" in value && Array.isArray(value.to);
}

function verdict(mail: RenderedMail, expected: Expected, differences: readonly string[]): Verdict {
  const pass = differences.length === 0;
  const name = `the mail ${show(mail.subject)} to ${everybody(mail)}`;
  const message = () => {
    const wanted = `Expected ${name} ${pass ? "not " : ""}to have\n${indent(expectedLines(expected))}`;
    return pass ? wanted : `${wanted}\n\nWhat differs:\n${indent(differences)}`;
  };
  return { pass, message };
}

function expectedLines(expected: Expected): readonly string[] {
  return Object.entries(expected).map(([field, value]) => `${field}: ${show(value)}`);
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
