import type { RenderedMail } from "../../src/mail/mail.ts";

const box = (address: string, name = "") => ({ name, address });

/** A finished mail, with everything that a test does not care about filled in. */
export function aMail(changes: Partial<RenderedMail> = {}): RenderedMail {
  return {
    messageId: "<fixed@example.com>",
    date: new Date("2026-01-02T03:04:05Z"),
    from: box("sender@example.com", "Sender"),
    to: [box("ann@example.com", "Ann")],
    cc: [],
    bcc: [],
    replyTo: [],
    subject: "Hello",
    text: "Hello Ann\n",
    html: "<p>Hello Ann</p>",
    headers: {},
    ...changes,
  };
}
