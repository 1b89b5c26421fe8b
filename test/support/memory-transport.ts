import type { RenderedMail } from "../../src/mail.ts";
import type { Outcome, SendOptions, Transport } from "../../src/smtp/transport.ts";

export interface SentMail {
  readonly mail: RenderedMail;
  readonly recipients: readonly string[];
}

/** A transport that keeps what it is given, and answers as a test wants. */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly connections = 5;
  readonly sent: SentMail[] = [];
  /** The outcomes of the next sends; after them everything is sent. */
  readonly script: Partial<Outcome>[] = [];

  async send(mail: RenderedMail, { recipients }: SendOptions = {}): Promise<Outcome> {
    const to = recipients ?? [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address);
    const planned = this.script.shift();
    if (planned?.class !== undefined && planned.class !== "sent")
      return { class: planned.class, response: "scripted", accepted: [], refused: [], ...planned };
    this.sent.push({ mail, recipients: to });
    return { class: "sent", response: "250 ok", accepted: to, refused: [], ...planned };
  }

  async verify(): Promise<void> {}

  async close(): Promise<void> {}
}
