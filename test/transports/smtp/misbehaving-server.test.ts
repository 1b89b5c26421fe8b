import { afterEach, describe, expect, it } from "vitest";
import { type SmtpOptions, SmtpTransport } from "../../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../../src/transports/smtp/smtp-url.ts";
import type { OutcomeClass } from "../../../src/transports/transport.ts";
import { aMail } from "../../support/mails.ts";
import { type SmtpScript, startScriptedSmtp } from "../../support/scripted-smtp.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const PIPELINING = "250-scripted\r\n250-SIZE 100000000\r\n250 PIPELINING";
const people = (...names: string[]) => names.map((name) => ({ name: "", address: `${name}@example.com` }));

async function setup(script: SmtpScript, options: SmtpOptions = {}) {
  const server = await startScriptedSmtp(script);
  const transport = new SmtpTransport(parseSmtpUrl(server.url), options);
  closing.push(
    () => server.close(),
    () => transport.close(),
  );
  return { server, transport };
}

const LARGE = aMail({ html: "", text: "x".repeat(70).concat("\n").repeat(20_000) });

describe.each([
  ["that takes commands at once", PIPELINING],
  ["that takes them one by one", "250 scripted"],
])("a mail server %s", (_, ehlo) => {
  it.each<[string, SmtpScript]>([
    ["writes every byte by itself", { bytewise: true }],
    ["ends its lines with LF", { lineEnd: "\n" }],
    ["answers in many lines", { mail: "250-a\r\n250-b\r\n250 c", dot: "250-2.0.0 taken\r\n250 as 1" }],
  ])("takes each mail once when it %s", async (_name, script) => {
    const { server, transport } = await setup({ ehlo, ...script });
    for (let time = 0; time < 3; time++) expect((await transport.send(aMail())).class).toBe("sent");
    expect([server.taken(), server.connections()]).toEqual([3, 1]);
  });

  it.each<[string, SmtpScript, OutcomeClass]>([
    ["answers MAIL twice", { mail: "250 ok\r\n250 ok" }, "lost"],
    ["answers MAIL as if it were DATA", { mail: "354 go on" }, "lost"],
    ["answers DATA with 250", { data: "250 ok" }, "lost"],
    ["answers what is no SMTP", { rcpt: "hello" }, "lost"],
    ["answers with a line of 1 MB", { mail: `250 ${"x".repeat(1_000_000)}` }, "lost"],
    ["answers the dot with a line of 1 MB", { dot: `250 ${"x".repeat(1_000_000)}` }, "unknown"],
    ["answers the dot with what is no SMTP", { dot: "taken" }, "unknown"],
    ["answers the dot with 354", { dot: "354 more" }, "unknown"],
    ["closes after its go-ahead", { dropAfterGoAhead: true, dot: "drop" }, "unknown"],
    ["closes at MAIL", { mail: "drop" }, "lost"],
    ["closes at RCPT", { rcpt: "drop" }, "lost"],
    ["closes at DATA", { data: "drop" }, "lost"],
    ["closes at the dot", { dot: "drop" }, "unknown"],
    ["says 421 at RCPT", { rcpt: "421 4.3.2 closing" }, "throttled"],
    ["says 421 at DATA", { data: "421 4.3.2 closing" }, "throttled"],
    ["says 421 at the dot", { dot: "421 4.3.2 closing" }, "throttled"],
    ["refuses at MAIL", { mail: "550 5.7.1 no" }, "rejected"],
    ["refuses at DATA", { data: "451 4.3.0 later" }, "deferred"],
    ["refuses at the dot", { dot: "554 5.6.0 spam" }, "rejected"],
  ])("is understood when it %s", async (_name, script, expected) => {
    const { server, transport } = await setup({ ehlo, ...script });
    expect((await transport.send(aMail())).class).toBe(expected);
    if (!script.dot?.startsWith("250")) expect(server.taken()).toBe(0);
  });

  it("loses nothing that it took when it says too much after it", async () => {
    const { server, transport } = await setup({ ehlo, dot: "250 2.0.0 taken\r\n250 2.0.0 taken" });
    for (let time = 0; time < 3; time++) expect((await transport.send(aMail())).class).toBe("sent");
    expect([server.taken(), server.connections()]).toEqual([3, 3]);
  });

  it("gets nothing of a mail that nobody is to have, though it asks for it", async () => {
    const { server, transport } = await setup({ ehlo, rcpt: "550 5.1.1 gone" });
    const outcome = await transport.send(aMail({ to: people("a", "b") }));
    expect(outcome).toMatchObject({ class: "rejected", code: 550, accepted: [] });
    expect(outcome.refused.map(({ address }) => address)).toEqual(["a@example.com", "b@example.com"]);
    expect((await transport.send(aMail())).class).toBe("rejected");
    expect([server.taken(), server.connections()]).toEqual([0, 1]);
    expect(server.verbs).toContain("RSET");
  });

  it("may refuse a large mail in its middle", async () => {
    const { server, transport } = await setup({ ehlo, midMessage: "552 5.3.4 too much", dot: "silent" });
    expect(await transport.send(LARGE)).toMatchObject({ class: "rejected", code: 552 });
    expect(server.taken()).toBe(0);
  });

  it("takes a large mail in pieces, once", async () => {
    const { server, transport } = await setup({ ehlo });
    expect((await transport.send(LARGE)).class).toBe("sent");
    expect(server.taken()).toBe(1);
  });
});

describe("a mail server that allows less", () => {
  it.each([
    ["421", "421 4.7.0 too many connections"],
    ["450", "450 4.7.0 too busy"],
    ["no word", "drop"],
  ])(
    "is sent to over as many connections as it takes, when it turns others away with %s",
    async (_, surplus) => {
      const learnt: unknown[] = [];
      const { server, transport } = await setup(
        { ehlo: PIPELINING, mostConnections: 3, surplus },
        { onLearnt: (each) => learnt.push(each) },
      );
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_each, index) => transport.send(aMail(), { bulk: index % 2 === 0 })),
      );
      expect([...new Set(outcomes.map(({ class: found }) => found))]).toEqual(["sent"]);
      expect(server.taken()).toBe(60);
      expect(learnt).toEqual([expect.objectContaining({ limit: "connections", to: 3 })]);
    },
  );

  it("is not learnt from when nothing of ours works", async () => {
    const learnt: unknown[] = [];
    const { transport } = await setup({ mostConnections: 0 }, { onLearnt: (each) => learnt.push(each) });
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => transport.send(aMail())));
    expect([...new Set(outcomes.map(({ class: found }) => found))]).toEqual(["throttled"]);
    expect(learnt).toEqual([]);
  });

  it("gets a fresh connection before it ends one because of its mails", async () => {
    const learnt: unknown[] = [];
    const { server, transport } = await setup(
      { ehlo: PIPELINING, messagesPerConnection: 4 },
      { onLearnt: (each) => learnt.push(each) },
    );
    for (let time = 0; time < 20; time++) expect((await transport.send(aMail())).class).toBe("sent");
    expect([server.taken(), server.connections()]).toEqual([20, 5]);
    expect(learnt).toEqual([expect.objectContaining({ limit: "mails per connection", to: 4 })]);
    // The first two connections were ended by the server at their fifth mail.
    expect(server.verbs.filter((verb) => verb === "MAIL")).toHaveLength(22);
  });
});
