import { describe, expect, it } from "vitest";
import { LearntLimit } from "../../../src/transports/smtp/learnt-limit.ts";

function setup(most = 5) {
  const clock = { now: 0 };
  const told: number[] = [];
  const limit = new LearntLimit({
    limit: "connections",
    most,
    raise: (value) => value + 1,
    onLearnt: ({ to }) => told.push(to),
    now: () => clock.now,
  });
  return { clock, told, limit };
}

describe("a limit that a server turned out to have", () => {
  it("is what was asked for until the server says so, and never goes up by what it says", () => {
    const { limit, told } = setup();
    expect(limit.value).toBe(5);
    limit.learn(3, "421");
    limit.learn(4, "421");
    expect(limit.value).toBe(3);
    expect(told).toEqual([3]);
  });

  it("is raised by one after some minutes, to what was asked for at most", () => {
    const { limit, clock } = setup();
    limit.learn(3, "421");
    const values = Array.from({ length: 4 }, () => {
      clock.now += 300_000;
      return limit.value;
    });
    expect(values).toEqual([4, 5, 5, 5]);
  });

  it("is said once, though it is found again and again", () => {
    const { limit, clock, told } = setup();
    for (let time = 0; time < 3; time++) {
      limit.learn(3, "421");
      clock.now += 300_000;
      expect(limit.value).toBe(4);
    }
    expect(told).toEqual([3]);
  });
});
