import { describe, expect, it } from "vitest";
import { ReadAhead } from "../../src/queue/read-ahead.ts";

function setup() {
  let now = 0;
  const ahead = new ReadAhead(() => now);
  /** So many jobs end within so many ms. */
  const work = (jobs: number, ms: number) => {
    for (let job = 0; job < jobs; job++) ahead.finished();
    now += ms;
    return ahead.size();
  };
  return { ahead, work };
}

describe("reading ahead", () => {
  it("holds nothing beyond the free places to begin with (DJ-093)", () => {
    expect(setup().ahead.size()).toBe(0);
  });

  it("holds what was lately done in a fifth of a second, so that nobody has to set a number (DJ-094)", () => {
    const { work } = setup();
    let size = 0;
    for (let round = 0; round < 20; round++) size = work(100, 100);
    expect(size).toBeGreaterThanOrEqual(199);
    expect(size).toBeLessThanOrEqual(200);
  });

  it("hoards no slow jobs", () => {
    const { work } = setup();
    let size = 0;
    for (let round = 0; round < 20; round++) size = work(1, 1_000);
    expect(size).toBe(0);
  });

  it("holds no more than five hundred", () => {
    const { work } = setup();
    let size = 0;
    for (let round = 0; round < 20; round++) size = work(100_000, 100);
    expect(size).toBe(500);
  });

  it("forgets when the jobs become slow", () => {
    const { work } = setup();
    for (let round = 0; round < 20; round++) work(100, 100);
    let size = 0;
    for (let round = 0; round < 10; round++) size = work(0, 100);
    expect(size).toBe(0);
  });
});
