import { describe, it } from "node:test";
import type { Outcome, RenderedMail, SendOptions, Transport } from "../../../src/index.ts";
import { describeTransport } from "../../../src/testing/describe-transport.ts";

const delivered: { messageId: string; recipients: readonly string[] }[] = [];

class OurTransport implements Transport {
  readonly name = "our mail service";
  readonly connections = 10;

  async send(mail: RenderedMail, { recipients, signal }: SendOptions = {}): Promise<Outcome> {
    const to = recipients ?? [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address);
    const bad = to.filter((address) => !/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(address));
    if (bad.length > 0) return { class: "rejected", response: "not one address", accepted: [], refused: [] };
    if (signal?.aborted) return { class: "lost", response: "aborted", accepted: [], refused: [] };
    delivered.push({ messageId: mail.messageId, recipients: to });
    return { class: "sent", response: "202 taken", accepted: to, refused: [] };
  }

  async verify() {}
  async close() {}
}

describeTransport(
  "our mail service",
  async () => {
    delivered.length = 0;
    return { transport: new OurTransport(), arrived: async () => delivered };
  },
  { describe, it },
);
