import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Events } from "../../../src/events.ts";
import { openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../../src/stores/sqlite/rate-store.ts";
import type { Outcome, SendOptions, Transport } from "../../../src/transports/transport.ts";
import { readTransports, type TransportSettings } from "../../../src/transports/transport-settings.ts";
import { Transports } from "../../../src/transports/transports.ts";
import { aMail } from "../../support/mails.ts";
import { MemoryTransport } from "../../support/memory-transport.ts";

type Answer = Partial<Outcome> | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A server that says to each recipient what `answer` gives back, and takes the mail else. */
async function setup(
  answer: (address: string) => Answer,
  more: Partial<Exclude<TransportSettings, string>> = {},
) {
  const memory = new MemoryTransport();
  const taken: { to: string; at: number }[] = [];
  const asked: string[] = [];
  memory.send = async (_mail, options: SendOptions = {}) => {
    const [to = ""] = options.recipients ?? [];
    asked.push(to);
    const found = answer(to);
    if (found) return { class: "throttled", response: "", accepted: [], refused: [], ...found };
    taken.push({ to, at: performance.now() });
    return { class: "sent", response: "250", accepted: [to], refused: [] };
  };
  const rates = new SqliteRateStore(await openDatabase(":memory:"), {
    now: () => performance.now(),
    leaseNow: () => performance.now(),
  });
  const events = new Events();
  const heard: unknown[] = [];
  events.onAny((name, payload) => heard.push([name, payload]));
  const open = () =>
    new Transports({
      plans: readTransports({ main: { transport: memory as Transport, ...more } }),
      main: "main",
      events,
      rates,
    });
  const transports = open();
  const send = (to: string, options: SendOptions = {}) =>
    transports.main.send(aMail(), { recipients: [to], mayWait: false, bulk: true, ...options });
  return { send, taken, asked, heard, open, transports };
}

const refusal = (to: string, code: number, response: string): Answer => ({
  class: code === 421 ? "throttled" : "deferred",
  code,
  response,
  refused: [{ address: to, class: "throttled", code, response }],
});
const to = (domain: string) => (address: string) => address.endsWith(`@${domain}`);
const isGmail = to("gmail.com");

describe("a mail provider that asks for less", () => {
  const SLOW = "421 4.7.28 Our system has detected an unusual rate of mail";

  it.each([
    ["at a recipient", (address: string) => refusal(address, 421, SLOW)],
    ["with 4.7.x", (address: string) => refusal(address, 450, "450 4.7.25 too much of this network")],
    ["at the end of the message", () => ({ code: 421, response: SLOW })],
  ])("%s is left alone for a while, and nobody else is", async (_, complaint) => {
    const { send, asked, heard } = await setup((address) =>
      isGmail(address) ? complaint(address) : undefined,
    );
    const first = await send("ann@gmail.com");
    expect(first.retryAfter).toBe(1_000);
    expect(await send("bob@googlemail.com")).toMatchObject({
      class: "throttled",
      ownLimit: true,
      provider: "gmail",
      response: "Mails to gmail have to wait: it asked to wait",
    });
    expect((await send("cem@web.de")).class).toBe("sent");
    expect(asked).toEqual(["ann@gmail.com", "cem@web.de"]);
    expect(heard).toEqual([
      ["provider.slowed", expect.objectContaining({ provider: "gmail", restMs: 1_000, pace: 5 })],
    ]);
  });

  it("is left alone for longer each time, and as long as it says", async () => {
    let response = SLOW;
    const { send } = await setup((address) =>
      isGmail(address) ? refusal(address, 421, response) : undefined,
    );
    const rests: unknown[] = [];
    for (let time = 0; time < 4; time++) {
      const { retryAfter = 0 } = await send("ann@gmail.com");
      rests.push(retryAfter);
      await vi.advanceTimersByTimeAsync(retryAfter + 1_000);
    }
    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000]);
    response = "421 4.7.0 try again in 300 seconds";
    expect((await send("ann@gmail.com")).retryAfter).toBe(300_000);
    await vi.advanceTimersByTimeAsync(290_000);
    expect(await send("ann@gmail.com")).toMatchObject({ ownLimit: true });
  });

  it("gets half of what it took, then more step by step, and all of it after a long quiet", async () => {
    let isFull = false;
    const { send, taken, heard } = await setup((address) =>
      isGmail(address) && isFull ? refusal(address, 421, SLOW) : undefined,
    );
    const paceOver = async (seconds: number) => {
      const before = taken.length;
      for (let tick = 0; tick < seconds * 40; tick++) {
        await send("ann@gmail.com");
        await vi.advanceTimersByTimeAsync(25);
      }
      return (taken.length - before) / seconds;
    };
    expect(await paceOver(10)).toBe(40);
    isFull = true;
    await send("ann@gmail.com");
    isFull = false;
    await vi.advanceTimersByTimeAsync(1_000);
    const slowed = heard.at(-1) as [string, { pace: number }];
    expect(slowed[1].pace).toBeGreaterThan(17);
    expect(slowed[1].pace).toBeLessThan(21);
    await paceOver(1);
    const halved = await paceOver(3);
    expect(halved).toBeGreaterThan(16);
    expect(halved).toBeLessThan(22);
    await paceOver(5);
    expect(await paceOver(3)).toBeGreaterThan(halved * 1.15);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(heard.at(-1)).toEqual(["provider.recovered", expect.objectContaining({ provider: "gmail" })]);
    expect(await paceOver(3)).toBe(40);
    expect(heard).toHaveLength(2);
  });

  it("is not meant where one after another asks for less: then the mail server is", async () => {
    const { send, heard } = await setup((address) => refusal(address, 421, "421 4.7.0 too many mails"));
    await send("ann@gmail.com");
    await send("bob@web.de");
    await send("cem@yahoo.com");
    expect(heard.map((each) => (each as [string])[0])).toEqual(["provider.slowed"]);
    expect((await send("dan@other.example")).provider).toBeUndefined();
  });

  it("is not meant where the server refuses before it heard who the mail is for", async () => {
    const { send, heard } = await setup(() => ({ code: 421, response: SLOW, beforeRecipient: true }));
    await send("ann@gmail.com");
    expect(heard).toEqual([]);
  });
});

describe("a recipient who has to wait", () => {
  it.each([
    ["450 4.2.0 Greylisted, see http://postgrey.example", 300_000],
    ["451 4.7.1 Greylisting in action, please come back in 00:04:59", 299_000],
    ["451 4.7.1 Greylisted for 10 minutes", 600_000],
    ["450 4.3.2 try again in 2 hours", 7_200_000],
    ["452 4.2.2 mailbox full", undefined],
  ])("does so as long as %j says, and his neighbours are asked for", async (response, ms) => {
    const code = Number(response.slice(0, 3));
    const { send, asked, heard } = await setup((address) => refusal(address, code, response));
    expect((await send("ann@grey.example")).retryAfter).toBe(ms);
    await send("bob@grey.example");
    expect(asked).toHaveLength(2);
    expect(heard).toEqual([]);
  });

  it("does so alone, where it is said at the end of the message", async () => {
    const response = "451 4.7.1 Greylisted, try again in 5 minutes";
    const { send, heard } = await setup((address) =>
      address.startsWith("ann") ? { code: 451, response } : undefined,
    );
    expect(await send("ann@grey.example")).toMatchObject({ class: "deferred", retryAfter: 300_000 });
    expect((await send("bob@grey.example")).class).toBe("sent");
    expect(heard).toEqual([]);
  });
});

describe("limits per mail provider", () => {
  it("let no more go to it in any span than they say, over all processes", async () => {
    const more = { perProvider: { gmail: { rate: "5/10s" } } };
    const { send, taken, open } = await setup(() => undefined, more);
    const other = open();
    const outcomes: Outcome[] = [];
    for (let at = 0; at < 8; at++) {
      outcomes.push(await send(`p${at}@gmail.com`), await send(`p${at}@web.de`));
      outcomes.push(
        await other.main.send(aMail(), { recipients: [`q${at}@googlemail.com`], mayWait: false }),
      );
    }
    expect(taken.filter(({ to: address }) => !address.endsWith("web.de"))).toHaveLength(5);
    expect(taken.filter(({ to: address }) => address.endsWith("web.de"))).toHaveLength(8);
    const [waiting] = outcomes.filter(({ class: found }) => found !== "sent");
    expect(waiting).toMatchObject({ class: "throttled", ownLimit: true, provider: "gmail" });
    await vi.advanceTimersByTimeAsync(11_000);
    expect((await send("late@gmail.com")).class).toBe("sent");
    await other.close();
  });

  it("hold for every other domain by itself under *, and a provider may be named by a domain", async () => {
    const perProvider = { "*": { rate: "1/1m" }, "googlemail.com": { rate: "2/1m" } };
    const { send } = await setup(() => undefined, { perProvider });
    const found: string[] = [];
    for (const domain of ["a.example", "a.example", "b.example", "gmail.com", "gmail.com", "gmail.com"])
      found.push((await send(`x@${domain}`)).class);
    expect(found).toEqual(["sent", "throttled", "sent", "sent", "sent", "throttled"]);
  });

  it("let a mail wait where it is that may, and end its wait when it is aborted", async () => {
    const { send, taken } = await setup(() => undefined, { perProvider: { gmail: { rate: "1/2s" } } });
    await send("ann@gmail.com");
    const waiting = send("bob@gmail.com", { mayWait: true });
    const stop = new AbortController();
    const aborted = send("cem@gmail.com", { mayWait: true, signal: stop.signal });
    stop.abort();
    expect((await aborted).class).toBe("lost");
    expect(taken).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_500);
    expect((await waiting).class).toBe("sent");
  });

  it("tell many who wait to come back one after another, each once for all of his mails", async () => {
    const { send } = await setup(() => undefined, { perProvider: { gmail: { rate: "10/1s" } } });
    const chunks = Array.from({ length: 20 }, () => () => 150);
    for (let at = 0; at < 10; at++) await send("x@gmail.com");
    const times: number[] = [];
    for (const peers of chunks) {
      const first = await send("x@gmail.com", { peers });
      expect((await send("y@gmail.com", { peers })).retryAfter).toBe(first.retryAfter);
      times.push(first.retryAfter ?? 0);
    }
    const steps = times.slice(1).map((time, at) => Math.round(time - (times[at] ?? 0)));
    expect(new Set(steps)).toEqual(new Set([1_100]));
    expect(times[0]).toBeLessThanOrEqual(1_200);
  });

  it("need little memory, however many domains there are", async () => {
    const perProvider = { "*": { connections: 3, rate: "9/1s" } };
    const { send, transports, taken, asked } = await setup(() => undefined, { perProvider });
    const sendTo = async (from: number, end: number) => {
      for (let at = from; at < end; at++) {
        await send(`x@d${at}.example`);
        if (at % 50 === 0) await vi.advanceTimersByTimeAsync(500);
      }
      taken.length = 0;
      asked.length = 0;
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const before = await sendTo(0, 1_500);
    expect((await sendTo(1_500, 10_000)) - before).toBeLessThan(3_000_000);
    await transports.close();
  }, 60_000);
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
