import type { SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { type BreakerChange, CircuitBreaker } from "../../../src/transports/breaker.ts";
import type { SmtpTimeouts } from "../../../src/transports/smtp/session-options.ts";
import { SmtpTransport } from "../../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../../src/transports/smtp/smtp-url.ts";
import type { Transport } from "../../../src/transports/transport.ts";
import { useBundled } from "../../support/bundled.ts";
import { startBundled } from "../../support/child.ts";
import { eventually } from "../../support/eventually.ts";
import { aMail } from "../../support/mails.ts";
import { type SmtpScript, startScriptedSmtp } from "../../support/scripted-smtp.ts";
import { startSmtpServer } from "../../support/smtp-server.ts";

const fileOf = useBundled(["test/transports/smtp/fixture/send-one.ts"], "send-one-");
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function setup(script: SmtpScript = {}, timeouts: SmtpTimeouts = {}) {
  const server = await startScriptedSmtp(script);
  const transport = new SmtpTransport(parseSmtpUrl(server.url), timeouts);
  closing.push(
    () => server.close(),
    () => transport.close(),
  );
  return { server, transport };
}

function withBreaker(transport: Transport) {
  const clock = { now: 0 };
  const changes: BreakerChange[] = [];
  const onChange = (change: BreakerChange) => void changes.push(change);
  const breaker = new CircuitBreaker(transport, { onChange, now: () => clock.now, random: () => 0 });
  return { clock, changes, breaker };
}

describe("connections to a mail server", () => {
  it("are used again for the next mail", async () => {
    const { server, transport } = await setup();
    for (let time = 0; time < 5; time++) expect((await transport.send(aMail())).class).toBe("sent");
    expect(server.connections()).toBe(1);
  });

  it("are replaced when the server takes no more mails on one, at no cost to the mail", async () => {
    const { server, transport } = await setup({ messagesPerConnection: 2 });
    for (let time = 0; time < 5; time++) expect((await transport.send(aMail())).class).toBe("sent");
    expect(server.taken()).toBe(5);
    expect(server.connections()).toBe(3);
  });

  it("are tried again once at most, when the server closes every one", async () => {
    const { server, transport } = await setup({ messagesPerConnection: 0 });
    expect((await transport.send(aMail())).class).toBe("throttled");
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it("end with QUIT when they have been idle", async () => {
    const { server, transport } = await setup({}, { idle: 50 });
    await transport.send(aMail());
    await eventually("it said goodbye", () => server.verbs.at(-1) === "QUIT");
  });

  it.each([
    ["when they are closed", "600000", "close"],
    ["when they are idle", "50", "idle"],
  ])("let the process end %s", async (_, idle, ending) => {
    const { server } = await setup();
    const child = startBundled(fileOf("send-one"), [server.url, idle, ending], {});
    expect(await child.ended).toBe(0);
    expect(child.output()).toContain("sent");
  });

  it("are waited for when the server is slow to greet", async () => {
    const { transport } = await setup({ greetAfter: 200 }, { connect: 20_000, greeting: 20_000 });
    expect((await transport.send(aMail())).class).toBe("sent");
  });

  it("are not opened again and again to a server that does not greet", async () => {
    const { server, transport } = await setup({ greeting: "silent" }, { greeting: 100 });
    const { breaker } = withBreaker(transport);
    for (let time = 0; time < 10; time++) expect((await breaker.send(aMail())).class).toBe("unreachable");
    expect(server.connections()).toBe(1);
  });

  it("are made again when a server that was down is up", async () => {
    const server = await startSmtpServer();
    const transport = new SmtpTransport(parseSmtpUrl(server.url));
    closing.push(() => transport.close());
    const { clock, changes, breaker } = withBreaker(transport);
    expect((await breaker.send(aMail())).class).toBe("sent");
    await server.close();
    expect((await breaker.send(aMail())).class).toBe("unreachable");
    await server.restart();
    closing.push(() => server.close());
    expect(await breaker.send(aMail())).toMatchObject({ class: "unreachable", retryAfter: 1_000 });
    clock.now += 1_000;
    expect((await breaker.send(aMail())).class).toBe("sent");
    expect(changes.map(({ open }) => open)).toEqual([true, false]);
    expect(server.messages).toHaveLength(2);
  });

  it("are dropped, and the mail with them, when a send is aborted in mid-message", async () => {
    const { server, transport } = await setup({ stallAfterBytes: 100_000 });
    const controller = new AbortController();
    const text = "x".repeat(70).concat("\n").repeat(500_000);
    const { html: _html, ...plain } = aMail({ text });
    const sending = transport.send(plain, { signal: controller.signal });
    await eventually("the server reads no further", () => server.stalled());
    controller.abort();
    expect((await sending).class).toBe("lost");
    expect(server.taken()).toBe(0);
  });

  it("are dropped, and it is unknown what became of the mail, when an aborted send gets no answer to its dot", async () => {
    let isThere: () => void = () => undefined;
    const there = new Promise<void>((resolve) => {
      isThere = resolve;
    });
    const server = await startSmtpServer({ server: { ...silentAfterDot(() => isThere()) } });
    const transport = new SmtpTransport(parseSmtpUrl(server.url));
    closing.push(
      () => server.close(),
      () => transport.close(),
    );
    const controller = new AbortController();
    const sending = transport.send(aMail(), { signal: controller.signal });
    await there;
    controller.abort();
    expect((await sending).class).toBe("unknown");
  });

  it("are dropped, and the mail with them, when only the clock says before the final dot that it is too late", async () => {
    const server = await startSmtpServer();
    const transport = new SmtpTransport(parseSmtpUrl(server.url));
    closing.push(
      () => server.close(),
      () => transport.close(),
    );
    const asked: number[] = [];
    const outcome = await transport.send(aMail(), { isLive: () => asked.push(asked.length) <= 2 });
    expect(outcome).toMatchObject({ class: "lost", accepted: [] });
    // Before MAIL, before the only piece of the message, and before its dot.
    expect(asked).toHaveLength(3);
    expect((await transport.send(aMail())).class).toBe("sent");
    expect(server.messages).toHaveLength(1);
  });

  it("are never all taken by bulk mail", async () => {
    let answer = () => {};
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let waiting = 0;
    const server = await startSmtpServer({
      server: {
        disabledCommands: ["AUTH", "STARTTLS"],
        onMailFrom: async ({ address }, _session, done) => {
          if (address.startsWith("bulk")) waiting += 1;
          if (address.startsWith("bulk")) await answered;
          done();
        },
      },
    });
    const transport = new SmtpTransport(parseSmtpUrl(`${server.url}?connections=3`));
    closing.push(
      () => server.close(),
      () => transport.close(),
    );
    const bulkMail = aMail({ from: { name: "", address: "bulk@example.com" } });
    const sending = Array.from({ length: 6 }, () => transport.send(bulkMail, { bulk: true }));
    await eventually("two wait for the server", () => waiting === 2);
    expect((await transport.send(aMail())).class).toBe("sent");
    expect(waiting).toBe(2);
    answer();
    expect((await Promise.all(sending)).map(({ class: found }) => found)).toEqual(Array(6).fill("sent"));
  });
});

/** Takes the whole message, says so to the test, and never to the client. */
function silentAfterDot(onTaken: () => void): SMTPServerOptions {
  return {
    disabledCommands: ["AUTH", "STARTTLS"],
    onData: (stream) => void stream.resume().once("end", onTaken),
  };
}
