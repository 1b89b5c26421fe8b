import "../mailers/news-mailer.preview.ts";
import "../mailers/order-mailer.preview.ts";
import "../mailers/user-mailer.preview.ts";
import type { Shown } from "../src/previews/showing.ts";

/** The previews whose pictures are kept, by action, scenario and language, and the beginning of the names of their files. */
const PICTURES: Readonly<Record<string, string>> = {
  "UserMailer.sendRegistrationMail, normal, en": "registration",
  "UserMailer.sendPasswordReset, in Vienna, de-AT": "password-reset",
  "OrderMailer.sendReceipt, in Ireland, en-IE": "receipt",
  "NewsMailer.weekly, normal, en": "newsletter",
};

/** Of one whose pictures are not kept the whole name of the preview. */
export function pictureOf({ preview, locales }: Shown): { readonly name: string; readonly isKept: boolean } {
  const name = `${preview.mailer}.${preview.action}, ${preview.scenario}, ${locales[0]}`;
  const kept = PICTURES[name];
  return { name: kept ?? name, isKept: kept !== undefined };
}
