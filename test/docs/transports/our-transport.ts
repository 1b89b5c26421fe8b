import { describe, it } from "node:test";
import type { Outcome, RenderedMail, SendOptions, Transport } from "../../../src/index.ts";
import { describeTransport } from "../../../src/testing/describe-transport.ts";

const delivered: { messageId: string; recipients: readonly string[] }[] = [];

class OurTransport implements Transport {
  readonly name = "our mail service";
  readonly connections = 10;

  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { recipients, signal, onFinalDot, onAnswer } = options;
    const to = recipients ?? [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address);
    const bad = to.filter((address) => !/^[^\s@,;<>]+@[^\s@,;<>]+$/.test(address));
    if (bad.length > 0) return { class: "rejected", response: "not one address", accepted: [], refused: [] };
    if (signal?.aborted) return { class: "lost", response: "aborted", accepted: [], refused: [] };
    onFinalDot?.();
    delivered.push({ messageId: mail.messageId, recipients: to });
    const outcome: Outcome = { class: "sent", response: "202 taken", accepted: to, refused: [] };
    onAnswer?.(outcome);
    return outcome;
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
