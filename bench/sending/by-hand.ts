import Handlebars from "handlebars";
import juice from "juice";
import { createTransport } from "nodemailer";
import MailComposer from "nodemailer/lib/mail-composer";
import { recipient, templateOf, textTemplateOf } from "../rendering/mails.ts";
import { privateKey } from "./ours.ts";
import { FROM, type OpenSender, SUBJECT } from "./sender.ts";

/** Handlebars compiled once, styles inlined once, nodemailer's pool: no queue, and no record of what became of a mail. */
export const byHand: OpenSender = async ({ port, connections, kilobytes, dkim }) => {
  const html = Handlebars.compile(juice(templateOf("once", kilobytes)));
  const text = Handlebars.compile(textTemplateOf(kilobytes), { noEscape: true });
  const pool = createTransport({
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    host: "127.0.0.1",
    port,
    ignoreTLS: true,
    ...(dkim && { dkim: { domainName: "news.example", keySelector: "bench", privateKey: privateKey() } }),
  });
  const mailOf = (index: number) => {
    const values = recipient(index);
    const to = `person${index}@example.com`;
    return { from: FROM, to, subject: SUBJECT, html: html(values), text: text(values) };
  };
  return {
    prepare: async () => undefined,
    send: async (mails) => {
      const turns = Array.from({ length: mails }).keys();
      const sendNext = async () => {
        for (const index of turns) await pool.sendMail(mailOf(index));
      };
      await Promise.all(Array.from({ length: connections * 2 }, sendNext));
    },
    wireBytes: async () => (await new MailComposer(mailOf(1_000)).compile().build()).length,
    close: async () => pool.close(),
  };
};
