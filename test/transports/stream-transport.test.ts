import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { simpleParser } from "mailparser";
import { expect, it } from "vitest";
import { StreamTransport } from "../../src/transports/stream-transport.ts";
import { aMail } from "../support/mails.ts";

async function written(...mails: readonly Parameters<typeof aMail>[0][]): Promise<string> {
  const output = new PassThrough();
  const transport = new StreamTransport({ output });
  await Promise.all(mails.map((changes) => transport.send(aMail(changes))));
  output.end();
  return text(output);
}

it("writes a mailbox: a line that tells sender and time, the mail, an empty line", async () => {
  const box = await written({}, {});
  expect(box).toMatch(/^From sender@example\.com Fri Jan {2}2 03:04:05 2026\n/);
  expect(box).not.toContain("\r");
  const entries = box.split(/^From .*\n/m).slice(1);
  expect(entries).toHaveLength(2);
  for (const entry of entries) {
    expect(entry).toMatch(/[^\n]\n\n$/);
    expect((await simpleParser(entry)).subject).toBe("Hello");
  }
});

it("quotes lines that would begin another mail, so that none can be smuggled in", async () => {
  const smuggled = "Hi\nFrom evil@e.test Fri Jan  2 03:04:05 2026\nSubject: forged\n>From me\n";
  const box = await written({ text: smuggled });
  expect(box.match(/^From /gm)).toHaveLength(1);
});
