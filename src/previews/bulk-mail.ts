import type { Shown } from "./showing.ts";

/** What large providers want of a mail to many people (RFC 2919, RFC 2369, RFC 8058), and what gives it. */
const WANTED: Readonly<Record<string, string>> = {
  "List-Id": "list.id",
  "List-Unsubscribe": "list.unsubscribe with an https URL",
  "List-Unsubscribe-Post": "list.oneClick: true",
};

/** The headers that a mail to many people lacks. One that says a list is taken for such a mail, whatever was sent yet. */
export function lackingInBulk({ preview, mail }: Shown, newsletters: ReadonlySet<string>): readonly string[] {
  const names = new Set(Object.keys(mail.headers).map((name) => name.toLowerCase()));
  const has = (name: string) => names.has(name.toLowerCase());
  const isBulk = newsletters.has(`${preview.mailer}.${preview.action}`) || Object.keys(WANTED).some(has);
  if (!isBulk) return [];
  return Object.entries(WANTED).flatMap(([header, part]) => (has(header) ? [] : [`${header} (${part})`]));
}
