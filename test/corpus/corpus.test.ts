import type { AddressObject, Attachment, ParsedMail } from "mailparser";
import { beforeAll, describe, expect, it } from "vitest";
import { AttachmentError, InvalidMailError } from "../../src/errors/errors.ts";
import type { MailSpec } from "../../src/mail/mail.ts";
import { setupTemplates } from "../support/templates.ts";
import { LONG, MANY_LINES, ONE_LINE } from "./hostile-values.ts";
import type { PythonMail } from "./read-mails.ts";
import { deliverSamples, type Sample } from "./samples.ts";

/** A tab may stand in a header. */
const CONTROL = /[^\P{Cc}\t]|[\u2028\u2029]/u;
const named = (name: string, address: string) => ({ name, address });

/** Where text may stand that is of one line and of any length. */
function everywhere(value: string): MailSpec {
  return {
    from: named(value, "shop@x.test"),
    to: [named(value, "ann@x.test"), named(value, "bob@x.test")],
    cc: named(value, "carl@x.test"),
    replyTo: named(value, "reply@x.test"),
    subject: value,
    headers: { "X-Value": value },
    metadata: { value },
    locals: { value },
  };
}

function withFiles(value: string): MailSpec {
  return {
    ...everywhere(value),
    list: { id: { name: value, id: "news.x.test" } },
    attachments: [
      { filename: value, contentType: "application/pdf", content: value },
      {
        filename: value,
        content: Buffer.from([0, 255, 13, 10, 46, 13]),
        contentType: "image/png",
        cid: "logo",
      },
    ],
  };
}

function inBodies(value: string): MailSpec {
  return {
    to: "ann@x.test",
    subject: "Hello",
    locals: { value },
    attachments: [{ filename: "value.txt", content: value }],
  };
}

let oneLine: readonly Sample[];
let long: readonly Sample[];
let manyLines: readonly Sample[];

beforeAll(async () => {
  oneLine = await deliverSamples(ONE_LINE, withFiles);
  long = await deliverSamples(LONG, everywhere);
  manyLines = await deliverSamples(MANY_LINES, inBodies);
});

/** Line breaks of whatever kind as one: on the wire there is only CRLF. */
const breaks = (text: string) => text.replace(/\r\n?/g, "\n");
const escaped = (text: string) => text.replace(/[&<>"'`=]/g, (character) => ESCAPES[character] ?? character);
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#x27;",
  "`": "&#x60;",
  "=": "&#x3D;",
};

const boxesOf = (list: AddressObject | AddressObject[] | undefined) =>
  [list ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => [name, address]));
const filesOf = ({ attachments }: ParsedMail) =>
  attachments.map(({ filename, content }: Attachment) => [filename, content.toString("latin1")]);
const pythonText = ({ parts }: PythonMail, index: number) =>
  Buffer.from(parts[index]?.content ?? "", "base64").toString();

describe("a corpus of hostile values", () => {
  it("is large, and of different values", () => {
    expect(new Set([...ONE_LINE, ...LONG, ...MANY_LINES]).size).toBeGreaterThan(150);
  });

  it("goes over the wire as ASCII, in lines that end in CRLF and are short enough (RFC 5322 2.1.1)", () => {
    for (const { value, raw } of [...oneLine, ...long, ...manyLines]) {
      expect(raw.replaceAll("\r\n", ""), value).not.toMatch(/[\r\n]/);
      expect(raw, value).toMatch(/^\p{ASCII}*$/u);
      expect(raw, value).not.toContain("\0");
      expect(Math.max(...raw.split("\r\n").map((line) => line.length)), value).toBeLessThanOrEqual(998);
    }
  });

  it("has no defect for Python's strictest policy", () => {
    const defects = [...oneLine, ...long, ...manyLines].map(({ value, python }) => [value, python.defects]);
    expect(defects.filter(([, found]) => found?.length)).toEqual([]);
  });

  it("has exactly the headers that were asked for", () => {
    for (const { value, python } of [...oneLine, ...long])
      expect(
        Object.keys(python.headers)
          .filter((name) => name !== "list-id")
          .sort(),
        value,
      ).toEqual([
        "cc",
        "content-type",
        "date",
        "from",
        "message-id",
        "mime-version",
        "reply-to",
        "subject",
        "to",
        "x-metadata-value",
        "x-value",
      ]);
  });

  it("keeps names and subjects, read by mailparser, which leaves other headers encoded", () => {
    for (const { value, read } of [...oneLine, ...long]) {
      expect(boxesOf(read.from), value).toEqual([[value, "shop@x.test"]]);
      expect(boxesOf(read.to), value).toEqual([
        [value, "ann@x.test"],
        [value, "bob@x.test"],
      ]);
      expect(boxesOf(read.cc), value).toEqual([[value, "carl@x.test"]]);
      expect(boxesOf(read.replyTo), value).toEqual([[value, "reply@x.test"]]);
      expect(read.subject, value).toBe(value);
    }
  });

  it("keeps names, subjects and headers, read by Python", () => {
    for (const { value, python } of [...oneLine, ...long]) {
      expect(python.boxes, value).toEqual({
        from: [[value, "shop@x.test"]],
        to: [
          [value, "ann@x.test"],
          [value, "bob@x.test"],
        ],
        cc: [[value, "carl@x.test"]],
        "reply-to": [[value, "reply@x.test"]],
      });
      const { subject, "x-value": header, "x-metadata-value": metadata } = python.headers;
      expect([subject, header, metadata], value).toEqual([value, value, value]);
    }
  });

  it("keeps the name of a list", () => {
    for (const { value, python } of oneLine) expect(python.list, value).toEqual([value, "news.x.test"]);
  });

  it("keeps filenames and what is in the files, whoever reads it", () => {
    for (const { value, read, python } of oneLine) {
      const files = [
        [value, Buffer.from(value).toString("latin1")],
        [value, "\0\u00ff\r\n.\r"],
      ];
      expect(filesOf(read).sort(), value).toEqual(files.sort());
      const parts = python.parts.filter(({ filename }) => filename !== null);
      expect(
        parts
          .map(({ filename, content }) => [filename, Buffer.from(content, "base64").toString("latin1")])
          .sort(),
        value,
      ).toEqual(files.sort());
      expect(python.types, value).toEqual([
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "application/pdf",
      ]);
    }
  });

  it("keeps both bodies, whoever reads them", () => {
    for (const { value, read, python } of [...oneLine, ...long, ...manyLines]) {
      const html = `<p title="${escaped(value)}">${escaped(value)}</p>`;
      expect(read.text, value).toBe(`${breaks(value)}\n`);
      expect(breaks(pythonText(python, 0)), value).toBe(`${breaks(value)}\n`);
      expect(breaks(pythonText(python, 1)).trim(), value).toBe(breaks(html));
    }
  });

  it("keeps files with line breaks and control characters as they are", () => {
    for (const { value, read } of manyLines)
      expect(filesOf(read), value).toEqual([["value.txt", Buffer.from(value).toString("latin1")]]);
  });
});

describe("line breaks and control characters", () => {
  const hostile = [...MANY_LINES.filter((value) => CONTROL.test(value)), "a\0b", "lone \ud800 surrogate"];

  const places: Readonly<Record<string, (value: string) => Partial<MailSpec>>> = {
    "the sender's name": (value) => ({ from: named(value, "shop@x.test") }),
    "a recipient's name": (value) => ({ to: named(value, "ann@x.test") }),
    "an address": (value) => ({ to: `ann@x.test${value}` }),
    "a blind copy": (value) => ({ bcc: [`ann${value}@x.test`] }),
    "a reply address": (value) => ({ replyTo: value }),
    "the subject": (value) => ({ subject: value }),
    "a header": (value) => ({ headers: { "X-Value": value } }),
    "a header's name": (value) => ({ headers: { [value]: "x" } }),
    "a tag": (value) => ({ tags: [value] }),
    metadata: (value) => ({ metadata: { value } }),
    "the name of metadata": (value) => ({ metadata: { [value]: "x" } }),
    "a filename": (value) => ({ attachments: [{ filename: value, content: "x" }] }),
    "a content type": (value) => ({
      attachments: [{ filename: "x", contentType: `text/plain; x=${value}`, content: "x" }],
    }),
    "a cid": (value) => ({ attachments: [{ filename: "x.png", cid: value, content: "x" }] }),
    "a list's URL": (value) => ({ list: { unsubscribe: `https://x.test/${value}` } }),
    "a list's id": (value) => ({ list: { id: `news.${value}` } }),
    "a list's name": (value) => ({ list: { id: { name: value, id: "news.x.test" } } }),
    "the mail that is answered": (value) => ({ inReplyTo: `<${value}@x.test>` }),
    "a thread": (value) => ({ references: [`<${value}@x.test>`] }),
  };

  it.each(Object.entries(places))("are refused in %s", async (_, specOf) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "Hello" });
    for (const value of hostile) {
      const error: unknown = await render(specOf(value)).catch((thrown: unknown) => thrown);
      const isOurs = error instanceof InvalidMailError || error instanceof AttachmentError;
      expect(isOurs, JSON.stringify(value)).toBe(true);
    }
  });
});
