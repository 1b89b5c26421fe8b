import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import type { AttachedFile } from "../../src/mail/content.ts";
import { compose } from "../../src/mime/compose.ts";
import { aMail } from "../support/mails.ts";

describe("composing a mail", () => {
  it("gives the same bytes every time, so that a second copy can be told", async () => {
    const mail = aMail({ headers: { "X-Campaign": "42" } });
    expect(await compose(mail)).toEqual(await compose(structuredClone(mail)));
    expect(await compose(aMail({ messageId: "<other@example.com>" }))).not.toEqual(await compose(mail));
  });

  it("writes what a parser reads back", async () => {
    const mail = aMail({
      from: { name: 'Zoë, "the" Sender', address: "sender@example.com" },
      to: [
        { name: "O'Brien; Ann", address: "ann@example.com" },
        { name: "שרה 🎉", address: "bob@example.com" },
      ],
      cc: [{ name: "", address: "carl@example.com" }],
      replyTo: [{ name: "", address: "reply@example.com" }],
      subject: "Grüße 🎉 from us & them",
      text: "Line one\n.\n..two dots\nFrom here\n",
      html: "<p>Grüße</p>",
      headers: { "X-Campaign": "42" },
    });
    const read = await simpleParser(await compose(mail));
    expect(read.messageId).toBe(mail.messageId);
    expect(read.date).toEqual(mail.date);
    expect(read.from?.value).toEqual([mail.from]);
    expect([read.to].flat()[0]?.value).toEqual(mail.to);
    expect([read.cc].flat()[0]?.value).toEqual(mail.cc);
    expect(read.replyTo?.value).toEqual(mail.replyTo);
    expect(read.subject).toBe(mail.subject);
    expect(read.text).toBe(mail.text);
    expect(read.html).toBe(mail.html);
    expect(read.headers.get("x-campaign")).toBe("42");
  });

  it.each<[string, Partial<AttachedFile>, string]>([
    ["a text that was a string", { filename: "note.txt", charset: "utf-8" }, "text/plain; charset=utf-8"],
    ["a table that was a string", { filename: "a.csv", charset: "utf-8" }, "text/csv; charset=utf-8"],
    [
      "one that names its charset",
      { contentType: "text/plain; charset=latin1", charset: "utf-8" },
      "text/plain; charset=latin1",
    ],
    ["bytes, of which nobody knows", { filename: "note.txt" }, "text/plain"],
    ["what is no text", { filename: "a.json", charset: "utf-8" }, "application/json"],
  ])("says the charset of a text attachment that was a string: %s", async (_what, file, contentType) => {
    const content = Buffer.from("Grüße");
    const eml = await compose(aMail({ attachments: [{ filename: "a.txt", content, ...file }] }));
    expect(eml.toString().replace(/\r\n /g, " ")).toContain(`Content-Type: ${contentType}\r\n`);
  });

  it("says nothing of blind copies, nor of what made it", async () => {
    const source = (
      await compose(aMail({ bcc: [{ name: "Secret", address: "secret@example.com" }] }))
    ).toString();
    expect(source).not.toMatch(/secret|bcc|x-mailer|nodemailer/i);
  });

  it("ends every line with CRLF and keeps lines short (RFC 5322 2.1.1)", async () => {
    const source = (
      await compose(aMail({ text: `${"x".repeat(5_000)}\nplain\n`, html: `<p>${"ü".repeat(5_000)}</p>` }))
    ).toString("latin1");
    expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(Math.max(...source.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  it("lets no header begin another", async () => {
    const hostile = "x\r\nBcc: evil@example.com\r\n\r\nbody";
    const mail = aMail({
      subject: hostile,
      from: { name: hostile, address: "sender@example.com" },
      headers: { "X-Tag": hostile },
    });
    const read = await simpleParser(await compose(mail));
    expect(read.bcc).toBeUndefined();
    expect(read.headers.has("bcc")).toBe(false);
    expect(read.text).toBe(mail.text);
  });
});
