import type { Connection } from "mongoose";
import { afterEach, expect, it, vi } from "vitest";
import { ServerClock } from "../../src/stores/mongo/server-clock.ts";

afterEach(() => vi.useRealTimers());

/** A server whose clock is ahead by so much, and whose answers take as long as is said. */
function setup(aheadMs: number) {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_000_000 });
  const pass = (ms: number) => vi.advanceTimersByTime(ms);
  let way = { there: 0, back: 0 };
  const command = async () => {
    pass(way.there);
    const localTime = new Date(Date.now() + aheadMs);
    pass(way.back);
    return { localTime };
  };
  // The clock asks a connection for nothing else.
  const connection = { db: { admin: () => ({ command }) } } as unknown as Connection;
  const clock = new ServerClock(connection);
  const measure = (there: number, back: number) => {
    way = { there, back };
    return clock.measure();
  };
  return { clock, measure };
}

it("knows a server's clock as well as its quickest answer tells", async () => {
  const { clock, measure } = setup(600_000);
  await measure(300, 100);
  expect(Math.abs(clock.offset - 600_000)).toBeLessThanOrEqual(400);
  await measure(1, 1);
  expect(Math.abs(clock.offset - 600_000)).toBeLessThanOrEqual(2);
});

it("learns nothing wrong from a slow answer, so that what is due now is not due later", async () => {
  const { clock, measure } = setup(0);
  await measure(1, 1);
  await measure(0, 2_000);
  expect(Math.abs(clock.offset)).toBeLessThanOrEqual(2);
});

it("follows a clock that was set", async () => {
  const { clock, measure } = setup(-60_000);
  await measure(0, 0);
  expect(clock.offset).toBe(-60_000);
});
