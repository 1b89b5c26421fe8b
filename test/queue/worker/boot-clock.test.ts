import { beforeEach, describe, expect, it, vi } from "vitest";
import { bootClock } from "../../../src/queue/worker/lease-keeper.ts";

const os = vi.hoisted(() => ({ uptime: vi.fn(() => 0) }));
vi.mock("node:os", () => os);

let passed = 0;
let wall = 1_000_000;

/** All clocks go on. */
function pass(ms: number): void {
  passed += ms;
  wall += ms;
  os.uptime.mockReturnValue((os.uptime() * 1_000 + ms) / 1_000);
  os.uptime.mockClear();
}

beforeEach(() => {
  vi.spyOn(performance, "now").mockImplementation(() => passed);
  vi.spyOn(Date, "now").mockImplementation(() => wall);
  pass(10_000);
  bootClock();
  os.uptime.mockClear();
});

describe("the boot clock", () => {
  it("goes on without being read as long as the other clocks go on alike", () => {
    const before = bootClock();
    pass(900);
    expect(bootClock() - before).toBe(900);
    expect(os.uptime).not.toHaveBeenCalled();
  });

  it("is read again after a second", () => {
    pass(1_000);
    bootClock();
    expect(os.uptime).toHaveBeenCalledOnce();
  });

  it("counts the time in which the machine was suspended, which performance.now() does not", () => {
    const before = bootClock();
    pass(3_600_000);
    passed -= 3_600_000;
    expect(bootClock() - before).toBe(3_600_000);
  });

  it("is not moved by a wall clock that is set", () => {
    const before = bootClock();
    pass(5);
    wall -= 3_600_000;
    expect(bootClock() - before).toBe(5);
  });
});
