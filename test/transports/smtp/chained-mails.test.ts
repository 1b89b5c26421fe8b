import { afterEach, describe, expect, it } from "vitest";
import { type SmtpOptions, SmtpTransport } from "../../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../../src/transports/smtp/smtp-url.ts";
import type { Outcome, SendOptions } from "../../../src/transports/transport.ts";
import { aMail } from "../../support/mails.ts";
import { type SmtpScript, startScriptedSmtp, type Together } from "../../support/scripted-smtp.ts";
import { startSmtpServer } from "../../support/smtp-server.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const PIPELINING = "250-scripted\r\n250-SIZE 100000000\r\n250 PIPELINING";

function transportTo(url: string, options: SmtpOptions = {}, connections = 2) {
  const learnt: unknown[] = [];
  const transport = new SmtpTransport(parseSmtpUrl(withConnections(url, connections)), {
    onLearnt: (each) => learnt.push(each),
    ...options,
  });
  closing.push(() => transport.close());
  return { transport, learnt };
}

function withConnections(url: string, connections: number): string {
  return `${url}${url.includes("?") ? "&" : "?"}connections=${connections}`;
}

async function scripted(script: SmtpScript, options: SmtpOptions = {}) {
  const server = await startScriptedSmtp({ ehlo: PIPELINING, ...script });
  closing.push(() => server.close());
  return { server, ...transportTo(server.url, options) };
}

const mailTo = (name: string) =>
  aMail({ to: [{ name: "", address: `${name}@example.com` }], subject: `For ${name}.` });

/** What became of each, by number. */
function sendAll(
  transport: SmtpTransport,
  count: number,
  optionsOf: (index: number) => SendOptions = () => ({}),
) {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      transport.send(mailTo(`person${index}`), { bulk: true, ...optionsOf(index) }),
    ),
  );
}

const copies = (messages: readonly string[], index: number) =>
  messages.filter((message) => message.includes(`For person${index}.`)).length;

/** How often the server took the mail of each person, beside what was told of it. */
function accounts(outcomes: readonly Outcome[], messages: readonly string[]) {
  return outcomes.map((outcome, index) => ({ outcome: outcome.class, copies: copies(messages, index) }));
}

describe("bulk mails that wait", () => {
  it("leave their envelope with the message before", async () => {
    const { server, transport, learnt } = await scripted({});
    const outcomes = await sendAll(transport, 50);
    expect(accounts(outcomes, server.messages)).toEqual(Array(50).fill({ outcome: "sent", copies: 1 }));
    expect([server.connections(), learnt]).toEqual([1, []]);
    // The first of a connection shows that it answers in order.
    expect(server.chained()).toBe(48);
  });

  it("go one after another where the server does not announce PIPELINING", async () => {
    const { server, transport } = await scripted({ ehlo: "250 scripted" });
    const outcomes = await sendAll(transport, 10);
    expect(accounts(outcomes, server.messages)).toEqual(Array(10).fill({ outcome: "sent", copies: 1 }));
    expect(server.chained()).toBe(0);
  });

  it("let mail that is not bulk go first", async () => {
    const server = await startSmtpServer();
    closing.push(() => server.close());
    const { transport } = transportTo(server.url, {}, 1);
    const answered: string[] = [];
    const bulk = Array.from({ length: 20 }, (_, index) =>
      transport.send(mailTo(`bulk${index}`), {
        bulk: true,
        onAnswer: () => {
          answered.push("bulk");
          if (index === 4)
            single = transport.send(mailTo("single"), { onAnswer: () => answered.push("single") });
        },
      }),
    );
    let single: Promise<Outcome> | undefined;
    await Promise.all(bulk);
    expect((await single)?.class).toBe("sent");
    // The one whose envelope had left already goes before it.
    expect(answered.indexOf("single")).toBeLessThanOrEqual(7);
  });

  it("are told apart when single recipients and messages are refused among them", async () => {
    const server = await startSmtpServer({
      onRcpt: (address) =>
        Number(/\d+/.exec(address)?.[0]) % 7 === 0
          ? { code: 550, message: `5.1.1 no ${address}` }
          : undefined,
      onData: ({ envelope }) => {
        const [address = ""] = envelope.to;
        return Number(/\d+/.exec(address)?.[0]) % 11 === 0
          ? { code: 451, message: `4.3.0 later ${address}` }
          : undefined;
      },
    });
    closing.push(() => server.close());
    const { transport, learnt } = transportTo(server.url, {}, 5);
    const outcomes = await sendAll(transport, 300);
    for (const [index, outcome] of outcomes.entries()) {
      const expected = index % 7 === 0 ? "rejected" : index % 11 === 0 ? "deferred" : "sent";
      expect([index, outcome.class]).toEqual([index, expected]);
      if (expected !== "sent") expect(outcome.response).toContain(`person${index}@`);
    }
    const taken = server.messages.map(({ envelope }) => envelope.to[0]);
    const expected = outcomes.flatMap((outcome, index) =>
      outcome.class === "sent" ? [`person${index}@example.com`] : [],
    );
    expect([...taken].sort()).toEqual(expected.sort());
    expect(learnt).toEqual([]);
  });

  it("are stopped by their own signal alone", async () => {
    const { server, transport } = await scripted({});
    const stop = new AbortController();
    const outcomes = await sendAll(transport, 30, (index) => ({
      signal: index % 2 === 0 ? stop.signal : new AbortController().signal,
      onAnswer: () => index === 9 && stop.abort(),
    }));
    for (const [index, { class: outcome }] of outcomes.entries()) {
      if (index % 2 === 1) expect([index, outcome]).toEqual([index, "sent"]);
      expect(copies(server.messages, index)).toBe(outcome === "sent" ? 1 : 0);
    }
    expect(outcomes.some(({ class: outcome }) => outcome === "lost")).toBe(true);
  });

  it("are told of their final dots one at a time, each after the answer to the one before", async () => {
    const { transport } = await scripted({});
    const told: string[] = [];
    await sendAll(transport, 20, (index) => ({
      onFinalDot: () => void told.push(`dot ${index}`),
      onAnswer: () => void told.push(`answer ${index}`),
    }));
    const inHand = told.map((line) => (line.startsWith("dot") ? 1 : -1));
    expect(inHand).toEqual(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? 1 : -1)));
  });

  it("keep within the mails that a server allows on a connection", async () => {
    const { server, transport, learnt } = await scripted({ messagesPerConnection: 4 });
    const outcomes = await sendAll(transport, 30);
    expect(accounts(outcomes, server.messages)).toEqual(Array(30).fill({ outcome: "sent", copies: 1 }));
    expect(learnt).toEqual([expect.objectContaining({ limit: "mails per connection", to: 4 })]);
  });
});

describe("a server that confuses mails that leave together", () => {
  /** @param doubtful how many mails may be left of which nobody knows */
  it.each<[string, Together, number]>([
    ["throws the second away", "eaten", 0],
    ["answers the second first", "early", 1],
    ["leaves out an answer", "merged", 1],
    ["believes to be in the mail before", "nested", 0],
    ["closes after the first", "closed", 0],
    ["closes before it answers the first", "closed-unanswered", 2],
  ])("gets one after another from then on, and says why once, when it %s", async (_, together, doubtful) => {
    const { server, transport, learnt } = await scripted({ together }, { answer: 500 });
    const outcomes = await sendAll(transport, 20);
    const found = accounts(outcomes, server.messages);
    const unknown = found.filter(({ outcome }) => outcome === "unknown");
    const others = found.filter(({ outcome }) => outcome !== "unknown");
    expect(others).toEqual(others.map(() => ({ outcome: "sent", copies: 1 })));
    for (const { copies: count } of unknown) expect(count).toBeLessThanOrEqual(1);
    expect(unknown.length).toBe(doubtful);
    expect(learnt.filter((each) => (each as { limit: string }).limit === "mails sent ahead")).toEqual([
      { limit: "mails sent ahead", to: 0, reason: expect.any(String) },
    ]);
    expect(server.chained()).toBeLessThanOrEqual(2);
  });

  it("never gets an answer counted for a mail of which nobody knows", async () => {
    const { transport } = await scripted({ together: "early" }, { answer: 500 });
    const answers: (readonly [number, string])[] = [];
    const outcomes = await sendAll(transport, 5, (index) => ({
      onAnswer: ({ class: found }) => void answers.push([index, found]),
    }));
    const last = new Map(answers);
    expect(outcomes.map(({ class: found }) => found)).toEqual(outcomes.map((__, index) => last.get(index)));
    expect([...last.values()]).toContain("unknown");
  });
});
