import { expect, it } from "vitest";
import { describeTransport } from "../../src/testing/describe-transport.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";

/** Which sentences of the contract a transport does not hold to. */
async function brokenSentences(change: (transport: MemoryTransport) => void): Promise<readonly string[]> {
  const checks: (readonly [string, () => Promise<void>])[] = [];
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => checks.push([name, body]),
  };
  const start = async () => {
    const transport = new MemoryTransport();
    change(transport);
    const arrived = async () =>
      transport.sent.map(({ mail: { messageId }, recipients }) => ({ messageId, recipients }));
    return { transport, arrived };
  };
  describeTransport("ours", start, runner);
  const results = await Promise.allSettled(checks.map(([, check]) => check()));
  return checks.flatMap(([name], index) => (results[index]?.status === "rejected" ? [name] : []));
}

it("finds nothing wrong with a transport that does what it has to", async () => {
  expect(await brokenSentences(() => undefined)).toEqual([]);
});

it.each<[string, string, (transport: MemoryTransport) => void]>([
  [
    "sends to everybody whatever it is told",
    "sends only to the recipients it is told to",
    ignoring("recipients"),
  ],
  ["does not look at the signal", "sends nothing that was aborted before", ignoring("signal")],
  [
    "trusts addresses",
    "never sends to an address that hides in another",
    (transport) => {
      transport.send = async (mail, { recipients } = {}) => {
        transport.sent.push({ mail, recipients: recipients ?? mail.to.map(({ address }) => address) });
        return { class: "sent", response: "ok", accepted: [], refused: [] };
      };
    },
  ],
  [
    "drops every other mail",
    "sends many at once, bulk mail among them, each once",
    (transport) => {
      const send = transport.send.bind(transport);
      transport.send = async (...given) => {
        const outcome = await send(...given);
        if (transport.sent.length > 1) transport.sent.pop();
        return outcome;
      };
    },
  ],
  [
    "shows its password",
    "has a name without a password in it, and room for at least one send",
    (transport) => Object.assign(transport, { name: "smtp://ann:secret@host" }),
  ],
])("finds out a transport that %s", async (_, sentence, change) => {
  expect(await brokenSentences(change)).toContain(sentence);
});

function ignoring(option: "recipients" | "signal") {
  return (transport: MemoryTransport) => {
    const send = transport.send.bind(transport);
    transport.send = (mail, options = {}) => send(mail, { ...options, [option]: undefined });
  };
}
