import { simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import type { SmtpTimeouts } from "../../../src/transports/smtp/session-options.ts";
import { SmtpTransport } from "../../../src/transports/smtp/smtp-transport.ts";
import { parseSmtpUrl } from "../../../src/transports/smtp/smtp-url.ts";
import { eventually } from "../../support/eventually.ts";
import { aMail } from "../../support/mails.ts";
import { type SmtpScript, startScriptedSmtp } from "../../support/scripted-smtp.ts";
import { type SmtpServerOptions, startSmtpServer } from "../../support/smtp-server.ts";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const people = (...names: string[]) => names.map((name) => ({ name: "", address: `${name}@example.com` }));

function transportTo(url: string, timeouts: SmtpTimeouts = {}): SmtpTransport {
  const transport = new SmtpTransport(parseSmtpUrl(url), timeouts);
  closing.push(() => transport.close());
  return transport;
}

async function withServer(options: SmtpServerOptions = {}, query = "") {
  const server = await startSmtpServer(options);
  closing.push(() => server.close());
  return { server, transport: transportTo(`${server.url}${query}`) };
}

/** Short only for what the server keeps silent at, because a busy machine takes its time over the rest. */
const patience = ({ greeting, dot }: SmtpScript): SmtpTimeouts => ({
  ...(greeting === "silent" && { greeting: 300 }),
  ...(dot === "silent" && { answer: 1_500 }),
});

async function withScript(script: SmtpScript, timeouts: SmtpTimeouts = patience(script)) {
  const server = await startScriptedSmtp(script);
  closing.push(() => server.close());
  return { server, transport: transportTo(server.url, timeouts) };
}

describe("mail over SMTP", () => {
  it("arrives, with the server's answer", async () => {
    const { server, transport } = await withServer();
    const outcome = await transport.send(aMail());
    expect(outcome).toMatchObject({ class: "sent", accepted: ["ann@example.com"], refused: [] });
    expect(outcome.response).toMatch(/^250 /);
    expect(server.messages[0]?.envelope).toEqual({ from: "sender@example.com", to: ["ann@example.com"] });
    expect((await simpleParser(server.messages[0]!.raw)).messageId).toBe("<fixed@example.com>");
  });

  it("goes to everybody, blind copies in the envelope only", async () => {
    const { server, transport } = await withServer();
    await transport.send(aMail({ to: people("a", "b"), cc: people("c"), bcc: people("hidden", "a") }));
    expect(server.messages[0]?.envelope.to).toEqual(
      ["a", "b", "c", "hidden"].map((name) => `${name}@example.com`),
    );
    expect(server.messages[0]?.raw.toString()).not.toContain("hidden");
  });

  it("goes to and from addresses whose dots need quotes", async () => {
    // The server of the tests refuses these dots even in quotes, unless it is told not to.
    const { server, transport } = await withServer({ server: { lenientAddressParsing: true } });
    const [from, to] = ['"a."@docomo.ne.jp', '"taro..yamada"@docomo.ne.jp'].map((address) => ({
      name: "Taro",
      address,
    }));
    const outcome = await transport.send(aMail({ from: from!, to: [to!] }));
    expect(outcome).toMatchObject({ class: "sent", accepted: [to!.address] });
    const [message] = server.messages;
    expect(message?.envelope).toEqual({ from: from!.address, to: [to!.address] });
    expect(message?.raw.toString()).toContain(`To: Taro <${to!.address}>\r\n`);
    const { value = [] } = (await simpleParser(message!.raw)).from ?? {};
    expect(value[0]?.name).toBe("Taro");
  });

  it("goes only to those asked for", async () => {
    const { server, transport } = await withServer();
    await transport.send(aMail({ to: people("a", "b") }), { recipients: ["b@example.com"] });
    expect(server.messages[0]?.envelope.to).toEqual(["b@example.com"]);
  });

  it.each([
    "a@x.test, evil@e.test",
    "a@x.test evil@e.test",
    "<a@x.test>",
    "A <a@x.test>",
    "a@x.test@e.test",
    "a",
  ])("never goes to what is not exactly one address: %s", async (address) => {
    const { server, transport } = await withServer();
    const asked = transport.send(aMail(), { recipients: [address] });
    await expect(asked).rejects.toMatchObject({ code: "INVALID_MAIL" });
    const written = transport.send(aMail({ to: [{ name: "", address }] }), { recipients: ["a@x.test"] });
    await expect(written).rejects.toMatchObject({ code: "INVALID_MAIL" });
    expect(server.messages).toEqual([]);
  });

  it("goes to letters outside ASCII where the server takes them, and else is clearly refused", async () => {
    const mail = aMail({ to: [{ name: "Jürgen", address: "jürgen@example.com" }] });
    const able = await withServer();
    expect(await able.transport.send(mail)).toMatchObject({
      class: "sent",
      accepted: ["jürgen@example.com"],
    });
    const hideSMTPUTF8 = { disabledCommands: ["AUTH", "STARTTLS"], hideSMTPUTF8: true };
    const unable = await withServer({ server: hideSMTPUTF8 });
    const outcome = await unable.transport.send(mail);
    expect(outcome).toMatchObject({ class: "rejected", response: expect.stringContaining("SMTPUTF8") });
    expect((await unable.transport.send(aMail())).class).toBe("sent");
    expect(unable.server.messages).toHaveLength(1);
    expect((await transportTo("smtp://127.0.0.1:1").send(mail)).class).toBe("unreachable");
  });

  it("is told to be too large before it is sent", async () => {
    const server = { disabledCommands: ["AUTH", "STARTTLS"], size: 10_000 };
    const { transport } = await withServer({ server });
    const outcome = await transport.send(aMail({ text: "x".repeat(70).concat("\n").repeat(1_000) }));
    expect(outcome).toMatchObject({ class: "rejected", response: expect.stringContaining("10000") });
    expect((await transport.send(aMail())).class).toBe("sent");
  });

  it("is the same bytes when it is sent again", async () => {
    const { server, transport } = await withServer();
    await transport.send(aMail());
    await transport.send(aMail());
    const [first, second] = server.messages.map(({ raw }) => raw);
    expect(first).toEqual(second);
  });

  it.each([
    ["at once", false],
    ["one by one", true],
  ])("tells who was refused while others got it, when commands are sent %s", async (_, hidePIPELINING) => {
    const onRcpt = (address: string) =>
      address.startsWith("b") ? { code: 550, message: "5.1.1 no b" } : undefined;
    const disabledCommands = ["AUTH", "STARTTLS"];
    const { transport } = await withServer({ onRcpt, server: { disabledCommands, hidePIPELINING } });
    expect(await transport.send(aMail({ to: people("a", "b", "c") }))).toMatchObject({
      class: "sent",
      accepted: ["a@example.com", "c@example.com"],
      refused: [{ address: "b@example.com", class: "rejected", code: 550 }],
    });
  });

  it("is deferred when all were refused, one of them for now", async () => {
    const onRcpt = (address: string) => ({ code: address.startsWith("b") ? 450 : 550, message: "no" });
    const { transport } = await withServer({ onRcpt });
    const outcome = await transport.send(aMail({ to: people("a", "b") }));
    expect(outcome).toMatchObject({ class: "deferred", code: 450 });
    expect(outcome.refused.map(({ class: found }) => found)).toEqual(["rejected", "deferred"]);
  });

  it.each([
    ["550 at RCPT", { onRcpt: () => ({ code: 550, message: "5.1.1 gone" }) }, "rejected", 550],
    ["451 after the dot", { onData: () => ({ code: 451, message: "4.3.0 later" }) }, "deferred", 451],
    ["554 after the dot", { onData: () => ({ code: 554, message: "5.6.0 spam" }) }, "rejected", 554],
    ["550 5.7.26 after the dot", { onData: () => ({ code: 550, message: "5.7.26 SPF" }) }, "our-fault", 550],
    ["452 at MAIL", { onMail: () => ({ code: 452, message: "4.3.1 no room" }) }, "throttled", 452],
  ] as const)("is refused: %s", async (_, options, found, code) => {
    const { server, transport } = await withServer(options);
    expect(await transport.send(aMail())).toMatchObject({ class: found, code });
    expect(server.messages).toEqual([]);
  });

  it("goes on over the same connection after a refusal", async () => {
    let refusals = 1;
    const { server, transport } = await withServer({
      onRcpt: () => (refusals-- > 0 ? { code: 550, message: "no" } : undefined),
    });
    expect((await transport.send(aMail())).class).toBe("rejected");
    expect((await transport.send(aMail())).class).toBe("sent");
    expect(server.messages).toHaveLength(1);
  });

  it.each<[string, SmtpScript, string]>([
    ["421 instead of a greeting", { greeting: "421 4.3.2 closing" }, "throttled"],
    ["450 instead of a greeting", { greeting: "450 4.3.2 busy" }, "throttled"],
    ["554 instead of a greeting", { greeting: "554 5.3.2 no service" }, "our-fault"],
    ["550 at EHLO", { ehlo: "550 5.7.1 who are you" }, "our-fault"],
    ["closed instead of a greeting", { greeting: "drop" }, "unreachable"],
    ["no greeting", { greeting: "silent" }, "unreachable"],
    ["421 at MAIL", { mail: "421 4.7.0 slow down" }, "throttled"],
    ["closed at RCPT", { rcpt: "drop" }, "lost"],
    ["closed at DATA", { data: "drop" }, "lost"],
    ["closed in mid-message", { dropAfterBytes: 100_000 }, "lost"],
    ["421 after the dot", { dot: "421 4.7.0 not taken" }, "throttled"],
    ["closed after the dot", { dot: "drop" }, "unknown"],
    ["no answer after the dot", { dot: "silent" }, "unknown"],
  ])("%s is told for what it is", async (_, script, found) => {
    const { server, transport } = await withScript(script);
    const text = script.dropAfterBytes === undefined ? "small" : "x".repeat(70).concat("\n").repeat(500_000);
    const { html: _html, ...plain } = aMail({ text });
    expect((await transport.send(plain)).class).toBe(found);
    expect(server.taken()).toBe(0);
  });

  it.each([
    ["nobody listens", "smtp://127.0.0.1:1"],
    ["no such host", "smtp://mail.invalid"],
  ])("is unreachable when %s", async (_, url) => {
    expect((await transportTo(url).send(aMail())).class).toBe("unreachable");
    await expect(transportTo(url).verify()).rejects.toMatchObject({ code: "SMTP_UNAVAILABLE" });
  });

  it("is our fault when the login is refused, and verify says so without the password", async () => {
    const server = new SMTPServer({
      disabledCommands: ["STARTTLS"],
      onAuth: ({ username, password }, _session, done) =>
        password === "right" ? done(null, { user: username }) : done(new Error("Invalid credentials")),
    });
    server.on("error", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.server.address() as { port: number };
    const bad = transportTo(`smtp://ann:wrong@127.0.0.1:${port}`);
    expect(await bad.send(aMail())).toMatchObject({ class: "our-fault", code: 535 });
    await expect(bad.verify()).rejects.toThrow(/Invalid login/);
    await expect(bad.verify()).rejects.not.toThrow(/wrong/);
    await expect(transportTo(`smtp://ann:right@127.0.0.1:${port}`).verify()).resolves.toBeUndefined();
  });

  it("is our fault when TLS is wanted and not offered, or the certificate is not valid", async () => {
    const { transport } = await withServer({}, "?starttls=required");
    expect((await transport.send(aMail())).class).toBe("our-fault");
    const offered = await withServer({ server: { disabledCommands: ["AUTH"] } });
    expect((await offered.transport.send(aMail())).class).toBe("our-fault");
    const trusting = transportTo(`${offered.server.url}?rejectUnauthorized=false`);
    expect((await trusting.send(aMail())).class).toBe("sent");
  });

  it("is our fault when the URL begins with TLS and the server does not, and says which URL is right", async () => {
    const { server } = await withServer();
    const transport = transportTo(server.url.replace("smtp:", "smtps:"));
    const right = /does not begin with TLS: use smtp:\/\//;
    expect(await transport.send(aMail())).toMatchObject({
      class: "our-fault",
      response: expect.stringMatching(right),
    });
    await expect(transport.verify()).rejects.toThrow(right);
  });

  it("is verified no longer than it is asked to", async () => {
    const { transport } = await withScript({ greeting: "silent" }, { greeting: 60_000, connect: 60_000 });
    const controller = new AbortController();
    const verifying = transport.verify({ signal: controller.signal });
    controller.abort();
    await expect(verifying).rejects.toMatchObject({ code: "SMTP_UNAVAILABLE" });
  });

  it("is sent over a fresh connection when the server closed the idle one", async () => {
    const { server, transport } = await withScript({ closeIdleAfter: 1 }, {});
    expect((await transport.send(aMail())).class).toBe("sent");
    for (let time = 0; time < 5; time++) {
      await new Promise((resolve) => setTimeout(resolve, time));
      expect((await transport.send(aMail())).class).toBe("sent");
    }
    expect(server.taken()).toBe(6);
    expect(server.connections()).toBeGreaterThan(1);
  });

  it("is not sent when it is aborted before the dot", async () => {
    const { server, transport } = await withServer({ delayMs: 50 });
    expect((await transport.send(aMail(), { signal: AbortSignal.abort() })).class).toBe("lost");
    const early = new AbortController();
    const composing = transport.send(aMail(), { signal: early.signal });
    early.abort();
    expect((await composing).class).toBe("lost");
    const silent = await withScript({ mail: "silent" }, {});
    const controller = new AbortController();
    const sending = silent.transport.send(aMail(), { signal: controller.signal });
    await eventually("it is connected", () => silent.server.connections() === 1);
    controller.abort();
    expect((await sending).class).toBe("lost");
    expect(server.messages).toEqual([]);
  });

  it("is waited for when the abort comes after the dot", async () => {
    const controller = new AbortController();
    const { server, transport } = await withServer({
      onData: () => {
        controller.abort();
        return undefined;
      },
    });
    expect((await transport.send(aMail(), { signal: controller.signal })).class).toBe("sent");
    expect(server.messages).toHaveLength(1);
  });

  it("never uses more connections than it may", async () => {
    let open = 0;
    let most = 0;
    const { server, transport } = await withServer(
      {
        delayMs: 5,
        server: {
          disabledCommands: ["AUTH", "STARTTLS"],
          onConnect: (_session, done) => {
            most = Math.max(most, ++open);
            done();
          },
          onClose: () => (open -= 1),
        },
      },
      "?connections=3",
    );
    await Promise.all(Array.from({ length: 40 }, () => transport.send(aMail())));
    expect(server.messages).toHaveLength(40);
    expect(most).toBeLessThanOrEqual(3);
  });
});
