import { expect, it } from "vitest";
import { BackgroundTasks } from "../src/background-tasks.ts";

it("leaves no room for more than the limit", async () => {
  const tasks = new BackgroundTasks({ limit: 2 });
  const ends: (() => void)[] = [];
  const hold = () => tasks.add(new Promise<void>((resolve) => ends.push(resolve)));
  await tasks.room();
  void hold();
  void hold();
  let isThere = false;
  const room = tasks.room().then(() => {
    isThere = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isThere).toBe(false);
  ends[0]?.();
  await room;
  expect(tasks.size).toBe(1);
  ends[1]?.();
  await tasks.ended();
});

it("waits at the end also for what was added meanwhile, and says when none runs", async () => {
  let idle = 0;
  const tasks = new BackgroundTasks({ onIdle: () => idle++ });
  const done: string[] = [];
  const second = async () => {
    await Promise.resolve();
    done.push("second");
  };
  void tasks.add(Promise.resolve().then(() => void tasks.add(second())));
  await tasks.ended();
  expect(done).toEqual(["second"]);
  expect(idle).toBe(1);
});
