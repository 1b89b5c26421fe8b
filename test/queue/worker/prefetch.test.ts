import { describe, expect, it } from "vitest";
import { Prefetch } from "../../../src/queue/worker/prefetch.ts";

const CONCURRENCY = 20;

function setup() {
  let now = 0;
  const ahead = new Prefetch(CONCURRENCY, () => now);
  /** Performs so many jobs on all slots, each of which takes so long. */
  const perform = (count: number, ms: number) => {
    for (let left = count; left > 0; left -= CONCURRENCY) {
      ahead.hold(left);
      now += ms;
      for (let ended = 1; ended <= Math.min(CONCURRENCY, left); ended++) ahead.finish(left - ended);
    }
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { ahead, perform, pass };
}

describe("reading ahead", () => {
  it("holds nothing beyond the free places to begin with (DJ-093)", () => {
    expect(setup().ahead.size()).toBe(0);
  });

  it("holds what was lately done in a fifth of a second, so that nobody has to set a number (DJ-094)", () => {
    const { ahead, perform } = setup();
    perform(2_000, 20);
    expect(ahead.size()).toBeGreaterThanOrEqual(199);
    expect(ahead.size()).toBeLessThanOrEqual(200);
  });

  it("holds five hundred quick jobs after a few batches, and no more", () => {
    const { ahead, perform } = setup();
    const claims = [1, 2, 3, 4, 5].map(() => {
      const claim = CONCURRENCY + ahead.size();
      perform(claim, 1);
      return claim;
    });
    expect(claims[1]).toBeLessThan(120);
    expect(claims.slice(3)).toEqual([520, 520]);
  });

  it("hoards no slow jobs, though all slots end at one moment", () => {
    const { ahead, perform } = setup();
    perform(20, 2_000);
    expect(ahead.size()).toBeLessThanOrEqual(2);
  });

  it("does not count the time in which there was nothing to do", () => {
    const { ahead, perform, pass } = setup();
    for (let batch = 0; batch < 50; batch++) {
      perform(20, 10);
      pass(10);
    }
    expect(ahead.size()).toBeGreaterThan(300);
  });

  it("forgets when the jobs become slow", () => {
    const { ahead, perform } = setup();
    perform(2_000, 1);
    expect(ahead.size()).toBe(500);
    perform(20, 5_000);
    expect(ahead.size()).toBeLessThan(10);
  });

  it("gives up more and more of it while nothing ends", () => {
    const { ahead, perform, pass } = setup();
    perform(2_000, 1);
    ahead.hold(CONCURRENCY);
    pass(1_000);
    const size = ahead.size();
    expect(size).toBeLessThan(15);
    pass(10_000);
    expect(ahead.size()).toBeLessThan(size / 5);
  });

  it("forgets in a long pause how quick the jobs before it were", () => {
    const { ahead, perform, pass } = setup();
    perform(2_000, 1);
    pass(60_000);
    expect(ahead.size()).toBe(0);
  });
});
