import { envelopeOf } from "../mail/addresses.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { attemptOnce } from "./outcome.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

/** A mail that a `MemoryTransport` took, as it was given. */
export interface MemoryMail {
  readonly mail: RenderedMail;
  readonly recipients: readonly string[];
}

/** For tests: keeps every mail in `sent`, until they are cleared, and answers as `script` says. */
export class MemoryTransport implements Transport {
  readonly name = "memory";
  readonly connections: number;
  readonly sent: MemoryMail[] = [];
  /** The outcomes of the next sends; after them everything is sent. */
  readonly script: Partial<Outcome>[] = [];

  /** @param options.connections how many mails of a newsletter are on their way at once. @default 5 */
  constructor({ connections = 5 }: { readonly connections?: number } = {}) {
    this.connections = connections;
  }

  /** @throws InvalidMailError when the mail or `recipients` hold what is not exactly one address */
  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { to } = envelopeOf(mail, options.recipients);
    return attemptOnce(options, () => {
      const planned = this.script.shift();
      if (planned?.class !== undefined && planned.class !== "sent")
        return { class: planned.class, response: "scripted", accepted: [], refused: [], ...planned };
      this.sent.push({ mail, recipients: to });
      return { class: "sent", response: "250 ok", accepted: to, refused: [], ...planned };
    });
  }

  async verify(): Promise<void> {}

  async close(): Promise<void> {}

  clear(): void {
    this.sent.length = 0;
    this.script.length = 0;
  }
}
