import { describe, expect, it } from "vitest";
import { SendGate } from "../../../src/transports/smtp/connection-slots.ts";

/** Whether a promise has been settled by now, without waiting for it. */
const isSettled = async (promise: Promise<unknown>) =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(() => resolve(false)))]);

describe("the send gate", () => {
  it("lets no more through than there are places", async () => {
    const gate = new SendGate(2);
    const [leave] = await Promise.all([gate.enter({}), gate.enter({})]);
    const third = gate.enter({});
    expect(await isSettled(third)).toBe(false);
    leave?.();
    expect(await isSettled(third)).toBe(true);
  });

  it("leaves a place free for other mail when bulk mail waits for more", async () => {
    const gate = new SendGate(3);
    await gate.enter({ bulk: true });
    const leave = await gate.enter({ bulk: true });
    const third = gate.enter({ bulk: true });
    expect(await isSettled(third)).toBe(false);
    expect(await isSettled(gate.enter({}))).toBe(true);
    leave?.();
    expect(await isSettled(third)).toBe(true);
  });

  it("lets bulk mail through where there is only one place", async () => {
    expect(await isSettled(new SendGate(1).enter({ bulk: true }))).toBe(true);
  });

  it("prefers other mail to bulk mail that came before", async () => {
    const gate = new SendGate(1);
    const leave = await gate.enter({});
    const bulk = gate.enter({ bulk: true });
    const other = gate.enter({});
    leave?.();
    expect([await isSettled(bulk), await isSettled(other)]).toEqual([false, true]);
  });

  it("forgets who gave up waiting", async () => {
    const gate = new SendGate(1);
    const leave = await gate.enter({});
    const controller = new AbortController();
    const waiting = gate.enter({ signal: controller.signal });
    controller.abort();
    expect(await waiting).toBeUndefined();
    leave?.();
    expect(await isSettled(gate.enter({}))).toBe(true);
    expect(await gate.enter({ signal: controller.signal })).toBeUndefined();
  });

  it("never lets more through, whoever comes at the moment a place is handed over", async () => {
    const gate = new SendGate(1);
    let inside = 0;
    let most = 0;
    const visit = async () => {
      const leave = await gate.enter({});
      most = Math.max(most, ++inside);
      await Promise.resolve();
      inside -= 1;
      leave?.();
    };
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        for (let turn = 0; turn < index % 5; turn++) await Promise.resolve();
        await visit();
      }),
    );
    expect(most).toBe(1);
  });
});
