import { expect, it } from "vitest";
import { RestartDelay } from "../../src/supervisor/restart-delay.ts";

it("grows while a process ends soon, up to a minute, and begins anew when it ran for a while", () => {
  const delay = new RestartDelay({ random: () => 0 });
  const ran = [0, 0, 0, 0, 0, 0, 59_999, 0, 60_000, 0];
  expect(ran.map((ms) => delay.after(ms) / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 1, 2]);
});

it("differs a little from process to process, so that they do not all start at once", () => {
  expect(new RestartDelay({ random: () => 1 }).after(0)).toBeCloseTo(1_100);
});
