import assert from "node:assert/strict";
import type { RenderedMail } from "../mail/mail.ts";
import type { Outcome, Transport } from "../transports/transport.ts";

/** What came out at the other end of a transport. */
export interface Arrived {
  readonly messageId: string;
  /** Absent where nobody can tell at the other end. */
  readonly recipients?: readonly string[];
  /** Everything a recipient sees, as text; absent where the transport hands over no text. */
  readonly raw?: string;
}

export interface TransportUnderTest {
  readonly transport: Transport;
  /** What has arrived so far, in any order. */
  readonly arrived: () => Promise<readonly Arrived[]>;
  /** Makes the other end unusable; absent where it cannot be. */
  readonly breakDown?: () => Promise<void>;
  /** Ends what the test started; the transport is closed already. */
  readonly close?: () => Promise<void>;
}

/** Vitest's, Jest's or node:test's own functions. */
export interface TestRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

type Check = (under: TransportUnderTest) => Promise<void>;

/**
 * What every transport has to do; its port says it in words.
 * @example describeTransport("our mail service", startOurs, { describe, it });
 */
export function describeTransport(
  name: string,
  start: () => Promise<TransportUnderTest>,
  { describe, it }: TestRunner,
): void {
  describe(`${name} as a transport`, () => {
    for (const [sentence, check] of Object.entries(CHECKS)) it(sentence, () => run(start, check));
  });
}

async function run(start: () => Promise<TransportUnderTest>, check: Check): Promise<void> {
  const under = await start();
  try {
    await check(under);
  } finally {
    await under.transport.close();
    await under.close?.();
  }
}

const CHECKS: Readonly<Record<string, Check>> = {
  "has a name without a password in it, and room for at least one send": async ({ transport }) => {
    assert.ok(transport.name.length > 0);
    assert.doesNotMatch(transport.name, /\/\/[^/:]*:[^/]*@/);
    assert.ok(Number.isInteger(transport.connections) && transport.connections >= 1);
  },

  "sends a mail to everybody it is for, once, and says so": async ({ transport, arrived }) => {
    const outcome = await transport.send(aMail());
    assert.equal(outcome.class, "sent", outcome.response);
    assert.deepEqual([...outcome.accepted].sort(), ["ann@a.example", "bob@b.example", "cy@c.example"]);
    assert.deepEqual(outcome.refused, []);
    await assertOneTo(["ann@a.example", "bob@b.example", "cy@c.example"], arrived);
  },

  "tells nobody of blind copies": async ({ transport, arrived }) => {
    await transport.send(aMail());
    for (const { raw = "" } of await arrived()) assert.doesNotMatch(raw, /cy@c\.example/);
  },

  "sends only to the recipients it is told to": async ({ transport, arrived }) => {
    const outcome = await transport.send(aMail(), { recipients: ["cy@c.example"] });
    assert.deepEqual([outcome.class, outcome.accepted], ["sent", ["cy@c.example"]]);
    await assertOneTo(["cy@c.example"], arrived);
  },

  "keeps the Message-ID, so that a repeated mail can be told": async ({ transport, arrived }) => {
    await transport.send(aMail());
    await transport.send(aMail());
    const ids = (await arrived()).map(({ messageId }) => messageId);
    assert.deepEqual(ids, [aMail().messageId, aMail().messageId]);
  },

  "never sends to an address that hides in another": async ({ transport, arrived }) => {
    const hidden = { name: "", address: "ann@a.example, evil@e.example" };
    const forged = [
      aMail({ to: [hidden] }),
      aMail({ to: [{ name: "", address: "ann@a.example\r\nRCPT TO:<evil@e.example>" }] }),
    ];
    for (const mail of forged) await assertNotSent(transport.send(mail));
    await assertNotSent(transport.send(aMail(), { recipients: [hidden.address] }));
    assert.deepEqual(await arrived(), []);
  },

  "sends nothing that was aborted before": async ({ transport, arrived }) => {
    const outcome = await transport.send(aMail(), { signal: AbortSignal.abort() });
    assert.equal(outcome.class, "lost");
    assert.deepEqual(await arrived(), []);
  },

  "tells before a mail can be taken, and then of the answer": async ({ transport, arrived }) => {
    const told: string[] = [];
    const outcome = await transport.send(aMail(), {
      onFinalDot: () => told.push("dot"),
      onAnswer: (answer) => told.push(answer.class),
    });
    assert.equal(outcome.class, "sent", outcome.response);
    assert.deepEqual(told, ["dot", "sent"]);
    assert.equal((await arrived()).length, 1);
  },

  "sends nothing when it is kept from it at the last moment": async ({ transport, arrived }) => {
    const onFinalDot = () => {
      throw new Error("not today");
    };
    await assertNotSent(transport.send(aMail(), { onFinalDot }));
    assert.deepEqual(await arrived(), []);
  },

  "sends many at once, bulk mail among them, each once": async ({ transport, arrived }) => {
    const ids = Array.from({ length: transport.connections * 3 }, (_, index) => `<${index}@x.example>`);
    const outcomes = await Promise.all(
      ids.map((messageId, index) => transport.send(aMail({ messageId }), { bulk: index % 2 === 0 })),
    );
    assert.deepEqual([...new Set(outcomes.map((outcome) => outcome.class))], ["sent"]);
    const arrivals = await arrived();
    assert.deepEqual(arrivals.map(({ messageId }) => messageId).sort(), ids.sort());
  },

  "leaves the mail as it was given": async ({ transport }) => {
    const mail = deepFrozen(aMail());
    assert.equal((await transport.send(mail)).class, "sent");
  },

  "finds nothing wrong while it works": async ({ transport }) => {
    await transport.verify();
  },

  "says that it is not to blame the mail for, when it does not work": async ({ transport, breakDown }) => {
    if (breakDown === undefined) return;
    await breakDown();
    const outcome = await transport.send(aMail());
    assert.ok(["unreachable", "our-fault", "lost"].includes(outcome.class), outcome.class);
    assert.deepEqual(outcome.accepted, []);
    assert.ok(outcome.response.length > 0);
    await assert.rejects(transport.verify());
  },

  "can be closed more than once": async ({ transport }) => {
    await transport.send(aMail());
    await transport.close();
  },
};

/** One mail has arrived, for these people where that can be told. */
async function assertOneTo(
  expected: readonly string[],
  arrived: TransportUnderTest["arrived"],
): Promise<void> {
  const [mail, ...more] = await arrived();
  assert.ok(mail, "nothing arrived");
  assert.deepEqual(more, []);
  if (mail.recipients) assert.deepEqual([...mail.recipients].sort(), expected);
}

/** Either answer will do: refused as a mistake of the caller, or as an outcome. */
async function assertNotSent(sending: Promise<Outcome>): Promise<void> {
  const outcome = await sending.catch(() => undefined);
  assert.notEqual(outcome?.class, "sent");
}

function aMail(changes: Partial<RenderedMail> = {}): RenderedMail {
  const box = (address: string, name: string) => ({ name, address });
  return {
    messageId: "<contract@x.example>",
    date: new Date("2026-01-02T03:04:05Z"),
    from: box("sender@x.example", "Sender"),
    to: [box("ann@a.example", "Ann, Lee")],
    cc: [box("bob@b.example", "Böb")],
    bcc: [box("cy@c.example", "Cy")],
    replyTo: [],
    subject: "Grüße 👋",
    text: "Hello\n.\nFrom me\n",
    html: "<p>Hello</p>",
    headers: { "X-Contract": "yes" },
    ...changes,
  };
}

function deepFrozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) deepFrozen(part);
  return Object.freeze(value);
}
