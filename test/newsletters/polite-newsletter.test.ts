import { afterEach, describe, expect, it } from "vitest";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import type { ProviderSettings } from "../../src/transports/transport-settings.ts";
import { startApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { type SmtpServer, type SmtpServerOptions, startSmtpServer } from "../support/smtp-server.ts";

class PoliteActions extends Mailer {
  weekly(email: string) {
    return this.mail({ to: email, subject: "News" });
  }
}

const PoliteMailer = mailer(PoliteActions, { name: "PoliteMailer" });
const TEMPLATES = { "polite-mailer/weekly.text.hbs": "Hello" };

const servers: SmtpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function setup(
  options: SmtpServerOptions,
  perProvider: Readonly<Record<string, ProviderSettings>> = {},
) {
  const server = await startSmtpServer(options);
  servers.push(server);
  const { app } = await startApp(TEMPLATES, {
    ...({ transport: undefined } as object),
    transports: { main: { url: `${server.url}?connections=6`, perProvider } },
  });
  const heard: { name: string; payload: object }[] = [];
  app.events.onAny((name, payload) => heard.push({ name, payload }));
  const worker = app.worker({ sleepDelay: 20 });
  const to = (domain: string) =>
    server.messages.filter(({ envelope }) => envelope.to[0]?.endsWith(domain)).length;
  const running: Promise<void>[] = [];
  const start = () => running.push(worker.run());
  const stop = async () => {
    worker.stop();
    await Promise.all(running);
  };
  return { app, start, stop, server, heard, to };
}

const people = (count: number, domain: string, from = 0) =>
  Array.from({ length: count }, (_, at) => `p${from + at}@${domain}`);
const mixed = (count: number) => people(count, "gmail.com").flatMap((each, at) => [each, `q${at}@web.de`]);

describe("a newsletter whose recipients' mail provider", () => {
  it("has a rate goes on with all others, in chunk after chunk, and keeps that rate", async () => {
    const { start, stop, to, heard } = await setup({}, { gmail: { rate: "10/1s" } });
    const newsletter = await PoliteMailer.broadcast(mixed(60), { chunkSize: 20 }).weekly();
    const startedAt = performance.now();
    start();
    await eventually("all others have it", () => to("web.de") === 60);
    const secondsOfOthers = (performance.now() - startedAt) / 1_000;
    expect(to("gmail.com")).toBeLessThanOrEqual(10 * (1 + Math.floor(secondsOfOthers)));
    await eventually("everybody has it", async () => (await newsletter.progress()).sent === 120);
    // 60 at no more than 10 in any second.
    expect(performance.now() - startedAt).toBeGreaterThan(4_900);
    expect(heard.filter(({ name }) => name === "job.retried").length).toBeLessThan(40);
    await stop();
  });

  it("says 421 is slowed down alone, and everybody gets the mail", async () => {
    let complaints = 0;
    const onRcpt = (address: string) => {
      if (!address.endsWith("gmail.com") || complaints >= 8) return undefined;
      complaints += 1;
      return { code: 421, message: "4.7.28 unusual rate of mail" };
    };
    const { start, stop, to, heard, server } = await setup({ onRcpt });
    const newsletter = await PoliteMailer.broadcast(mixed(40), { chunkSize: 20 }).weekly();
    start();
    await eventually("all others have it", () => to("web.de") === 40);
    await eventually("everybody has it", async () => (await newsletter.progress()).sent === 80);
    expect(server.messages).toHaveLength(80);
    const slowed = heard.filter(({ name }) => name === "provider.slowed");
    expect(slowed.map(({ payload }) => payload)).toEqual([expect.objectContaining({ provider: "gmail" })]);
    expect(heard.filter(({ name }) => name === "transport.paced")).toEqual([]);
    await stop();
  });

  it("greylists is asked for everybody at once, and again after the time that it names", async () => {
    const asked = new Map<string, number>();
    const onRcpt = (address: string) => {
      const first = asked.get(address);
      if (first === undefined) asked.set(address, performance.now());
      const isEarly = first === undefined || performance.now() - first < 3_000;
      return address.endsWith("grey.example") && isEarly
        ? { code: 450, message: "4.2.0 Greylisted, try again in 3 seconds" }
        : undefined;
    };
    const audience = [...people(10, "grey.example"), ...people(10, "web.de")];
    const { start, stop, to, server } = await setup({ onRcpt });
    const newsletter = await PoliteMailer.broadcast(audience).weekly();
    start();
    await eventually("all others have it", () => to("web.de") === 10);
    expect(asked.size).toBe(20);
    await eventually("everybody has it", async () => (await newsletter.progress()).sent === 20);
    expect(server.messages).toHaveLength(20);
    await stop();
  });
});
