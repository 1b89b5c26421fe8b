import { expect, it, onTestFinished } from "vitest";
import type { WorkerStatus } from "../../src/queue/worker/worker.ts";
import { type ProcessEnd, WorkerProcess } from "../../src/supervisor/worker-process.ts";
import { eventually } from "../support/eventually.ts";

const LINKED = new URL("./fixture/linked.ts", import.meta.url).pathname;

it('supervisor and process leave messages alone that are not theirs, such as process.send("ready")', async () => {
  const said: WorkerStatus[] = [];
  const ends: ProcessEnd[] = [];
  const child = new WorkerProcess({
    plan: { name: "w.0", queues: [] },
    command: [process.execPath, "--import", import.meta.resolve("tsx"), LINKED],
    onStatus: (status) => said.push(status),
    onEnd: (end) => ends.push(end),
  });
  onTestFinished(() => child.signal("SIGKILL"));
  await eventually("it says how its worker stands", () => said.length > 0);
  expect(said[0]?.done).toBe(7);
  child.tell("hello" as never);
  child.tell({ went: "gone" } as never);
  child.tell({ gone: "gone" });
  await eventually("it has ended", () => ends.length > 0);
  expect(ends[0]).toMatchObject({ code: 0, signal: null });
});
