import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Handlebars from "handlebars";
import { compile } from "html-to-text";
import juice from "juice";
import MailComposer from "nodemailer/lib/mail-composer";
import type { RenderedMail } from "../../src/mail/mail.ts";
import { compose } from "../../src/mime/compose.ts";
import { Renderer } from "../../src/rendering/renderer.ts";
import { type Kind, type Recipient, recipient, templateOf, textTemplateOf } from "./mails.ts";

/** One way to make mails. */
export interface Contender {
  /** Makes the mail of a recipient as bytes. */
  make(index: number): Promise<Buffer>;
  /** Its parts by themselves, where it has parts. */
  readonly parts?: Readonly<Record<string, (index: number) => Promise<unknown>>>;
  /** Size of the html, in bytes. */
  readonly htmlBytes: number;
  /** Why styles are inlined for every mail. */
  readonly reason?: string;
}

const FROM = "Shop <shop@shop.test>";

/** What is sent: our renderer and our way to write a mail. */
async function ours(kind: Kind, kilobytes: number): Promise<Contender> {
  const templates = mkdtempSync(join(tmpdir(), "delayed-mailer-bench-"));
  mkdirSync(join(templates, "news"));
  writeFileSync(join(templates, "news/weekly.html.hbs"), templateOf(kind, kilobytes));
  const renderer = new Renderer({ templates, from: FROM });
  const render = (index: number): Promise<RenderedMail> => {
    const spec = { to: addressOf(index), subject: "Your week", locals: { ...recipient(index) } };
    const origin = { messageId: `<${index}@shop.test>`, date: new Date(), mailer: "News", action: "weekly" };
    return renderer.render(spec, origin);
  };
  const mail = await render(0);
  const [reason] = await renderer.advice();
  rmSync(templates, { recursive: true });
  return {
    make: async (index) => compose(await render(index)),
    parts: { "html, text": render, MIME: (index) => compose({ ...mail, messageId: `<${index}@shop.test>` }) },
    htmlBytes: Buffer.byteLength(mail.html ?? ""),
    ...(reason && { reason: reason.message }),
  };
}

/** The usual way: the template compiled once, everything else for each mail. */
async function plain(kind: Kind, kilobytes: number): Promise<Contender> {
  const template = Handlebars.compile<Recipient>(templateOf(kind, kilobytes));
  const toText = compile({ wordwrap: false });
  const htmlOf = (index: number) => juice(template(recipient(index)));
  return {
    make: async (index) => {
      const html = htmlOf(index);
      return written(index, html, toText(html));
    },
    htmlBytes: Buffer.byteLength(htmlOf(0)),
  };
}

/** The least that nodemailer can do: styles inlined by hand, the text written by hand, only values filled in. */
async function byHand(kind: Kind, kilobytes: number): Promise<Contender> {
  const html = Handlebars.compile<Recipient>(juice(templateOf(kind, kilobytes)));
  const text = Handlebars.compile<Recipient>(textTemplateOf(kilobytes), { noEscape: true });
  const fill = (index: number) => ({ html: html(recipient(index)), text: text(recipient(index)) });
  const filled = fill(0);
  return {
    make: async (index) => {
      const parts = fill(index);
      return written(index, parts.html, parts.text);
    },
    parts: {
      "html, text": async (index) => fill(index),
      MIME: (index) => written(index, filled.html, filled.text),
    },
    htmlBytes: Buffer.byteLength(filled.html),
  };
}

function written(index: number, html: string, text: string): Promise<Buffer> {
  const to = addressOf(index);
  const messageId = `<${index}@shop.test>`;
  return new MailComposer({ from: FROM, to, subject: "Your week", messageId, html, text }).compile().build();
}

function addressOf(index: number): string {
  return `person${index}@example.com`;
}

export const CONTENDERS = { ours, plain, "by hand": byHand };
