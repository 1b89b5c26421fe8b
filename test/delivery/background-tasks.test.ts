import { expect, it } from "vitest";
import { Aftermath } from "../../src/delivery/background-tasks.ts";

function setup(options: { limit?: number; timeout?: number } = {}) {
  const errors: string[] = [];
  const aftermath = new Aftermath({ ...options, onError: (name, error) => errors.push(`${name}: ${error}`) });
  const ends: (() => void)[] = [];
  const hold = () => aftermath.add("held", () => new Promise<void>((resolve) => ends.push(resolve)));
  return { aftermath, errors, ends, hold };
}

it("lets no more mails be sent than it can keep up with", async () => {
  const { aftermath, ends, hold } = setup({ limit: 2 });
  await aftermath.room();
  void hold();
  void hold();
  let isThere = false;
  const room = aftermath.room().then(() => {
    isThere = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isThere).toBe(false);
  ends[0]?.();
  await room;
  ends[1]?.();
  await aftermath.drain();
});

it("waits for nothing longer than its time, and says so", async () => {
  const { aftermath, errors, hold } = setup({ timeout: 5 });
  void hold();
  await aftermath.drain();
  expect(errors).toEqual(["held: Error: It took longer than 5 ms."]);
});

it("waits at the end also for what was added meanwhile", async () => {
  const { aftermath } = setup();
  const done: string[] = [];
  void aftermath.add("first", async () => {
    await Promise.resolve();
    void aftermath.add("second", async () => {
      await Promise.resolve();
      done.push("second");
    });
  });
  await aftermath.drain();
  expect(done).toEqual(["second"]);
});
