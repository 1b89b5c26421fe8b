import { afterEach, describe, expect, it, vi } from "vitest";
import { Events } from "../../src/events.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteRateStore } from "../../src/stores/sqlite/rate-store.ts";
import type { SendOptions } from "../../src/transports/transport.ts";
import { readTransports, type WarmUpSettings } from "../../src/transports/transport-settings.ts";
import { Transports } from "../../src/transports/transports.ts";
import { Days, daysBetween } from "../../src/transports/warm-up/days.ts";
import { aMail } from "../support/mails.ts";
import { MemoryTransport } from "../support/memory-transport.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const HOUR = 3_600_000;

async function setup(changes: Partial<WarmUpSettings> = {}, others: object = {}) {
  const clock = { now: Date.parse("2026-12-01T10:00:00Z") };
  const memory = new MemoryTransport();
  const second = new MemoryTransport();
  const rates = new SqliteRateStore(await openDatabase(":memory:"));
  const warmUp = { from: "2026-12-01", volumes: [5, 8], timeZone: "Europe/Vienna", ...changes };
  const plans = readTransports({ main: { transport: memory, warmUp }, second, ...others });
  const open = () =>
    new Transports({ plans, main: "main", events: new Events(), rates, now: () => clock.now });
  const transports = open();
  const send = (options: SendOptions = { bulk: true }, over = transports, name = "main") =>
    over.get(name).send(aMail(), options);
  const sendMany = async (count: number, over = transports) => {
    const outcomes = await Promise.all(Array.from({ length: count }, () => send({ bulk: true }, over)));
    return outcomes.filter(({ class: found }) => found === "sent").length;
  };
  return { clock, memory, second, rates, open, transports, send, sendMany };
}

describe("a warm-up", () => {
  it("lets so many mails go on each day, over all processes, and any number when it is over", async () => {
    const { clock, open, sendMany } = await setup();
    expect((await sendMany(3)) + (await sendMany(4, open()))).toBe(5);
    clock.now += 24 * HOUR;
    expect((await sendMany(6)) + (await sendMany(6, open()))).toBe(8);
    clock.now += 24 * HOUR;
    expect(await sendMany(50)).toBe(50);
  });

  it("says until when mails wait, by the day of its time zone, and that no queue has to", async () => {
    const { send, sendMany } = await setup();
    await sendMany(5);
    expect(await send()).toEqual({
      class: "throttled",
      response: expect.stringMatching(
        /allows 5 mails on 2026-12-01, and they are sent: it goes on at 2026-12-01T23:00:00Z, when the next day begins in Europe\/Vienna$/,
      ),
      accepted: [],
      refused: [],
      retryAfter: 13 * HOUR,
      ownLimit: true,
      isUsedUp: true,
    });
  });

  it("holds its first volume before it begins", async () => {
    const { sendMany } = await setup({ from: "2027-01-01" });
    expect(await sendMany(9)).toBe(5);
  });

  it("counts mails that are not bulk, and does not hold them unless it is to", async () => {
    const { send, sendMany } = await setup();
    for (let at = 0; at < 3; at++) await send({});
    await expect.poll(() => sendMany(1)).toBe(1);
    expect(await sendMany(9)).toBeLessThanOrEqual(1);
    expect((await send({})).class).toBe("sent");
    const all = await setup({ holds: "all" });
    await all.sendMany(5);
    expect((await all.send({})).class).toBe("throttled");
  });

  it("counts no mail that was not taken", async () => {
    const { memory, sendMany } = await setup();
    memory.script.push({ class: "lost" }, { class: "rejected" });
    await sendMany(1);
    await sendMany(1);
    expect(memory.sent).toHaveLength(0);
    expect(await sendMany(9)).toBe(5);
  });

  it("gives back at its end what it drew and did not use", async () => {
    const { transports, sendMany, open, clock } = await setup({ volumes: [2_000] });
    expect(await sendMany(1)).toBe(1);
    await transports.close();
    const other = open();
    let sent = 0;
    for (let at = 0; at < 20; at++) sent += await sendMany(100, other);
    clock.now += HOUR;
    expect(sent).toBe(1_999);
  });

  it("sends nothing that cannot be counted, and asks again soon", async () => {
    const { rates, send } = await setup();
    vi.spyOn(rates, "draw").mockRejectedValueOnce(new Error("the store is away"));
    expect(await send()).toMatchObject({ class: "throttled", retryAfter: 5_000 });
    expect((await send()).class).toBe("sent");
  });

  it("does not begin a day again when the clock is put back", async () => {
    const { clock, open, sendMany } = await setup();
    clock.now += 24 * HOUR;
    expect(await sendMany(8)).toBe(8);
    clock.now -= 24 * HOUR;
    expect((await sendMany(5)) + (await sendMany(5, open()))).toBe(0);
  });

  it("leaves what is over it to the next transport, where there is one", async () => {
    const { second, transports, send } = await setup({}, { both: { failover: ["main", "second"] } });
    for (let at = 0; at < 8; at++)
      expect((await send({ bulk: true }, transports, "both")).class).toBe("sent");
    expect(second.sent).toHaveLength(3);
  });

  it.each([
    [{ from: "soon" }, "warmUp.from must be a day"],
    [{ volumes: [] }, "warmUp.volumes must hold at least one number"],
    [{ timeZone: "Nowhere" }, 'warmUp.timeZone must be such as "Europe/Vienna"'],
  ])("is refused where it makes no sense: %j", async (changes, problem) => {
    await expect(setup(changes)).rejects.toThrow(problem);
  });
});

describe("days in a time zone", () => {
  it.each([
    ["Europe/Vienna", "2026-03-28T23:30:00Z", "2026-03-29", "2026-03-29T22:00:00Z"],
    ["Europe/Vienna", "2026-10-25T12:00:00Z", "2026-10-25", "2026-10-25T23:00:00Z"],
    ["America/Santiago", "2026-09-06T02:30:00Z", "2026-09-05", "2026-09-06T04:00:00Z"],
    ["Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-29", "2011-12-30T10:00:00Z"],
    ["UTC", "2026-12-31T23:59:59.999Z", "2026-12-31", "2027-01-01T00:00:00Z"],
  ])("end when the next begins, also where clocks are changed: %s, %s", (zone, time, day, next) => {
    const days = new Days(zone);
    expect(days.of(Date.parse(time))).toBe(day);
    expect(new Date(days.next(Date.parse(time))).toISOString()).toBe(next.replace("Z", ".000Z"));
  });

  it("are counted by the calendar", () => {
    expect(daysBetween("2026-03-28", "2026-03-30")).toBe(2);
    expect(daysBetween("2026-12-01", "2026-11-30")).toBe(-1);
  });
});
