import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startDemoWorker } from "../../demo/worker.ts";
import { startScript } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-demo-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("the worker of the demo", () => {
  it("that cannot do its work says why", async () => {
    const folder = aFolder();
    const script = join(folder, "worker.mjs");
    writeFileSync(script, 'process.stderr.write("no database here\\n"); process.exitCode = 3;');
    const { ended } = startDemoWorker({ script, log: join(folder, "worker.log") });
    await expect(ended).rejects.toThrow(/ended with exit code 3 .*no database here/);
  });

  it("that is not there, or has no Node to run it, is said", async () => {
    const folder = aFolder();
    const log = join(folder, "worker.log");
    const nowhere = startDemoWorker({ script: join(folder, "nowhere.ts"), log });
    await expect(nowhere.ended).rejects.toThrow(/ended with exit code 1 .*nowhere\.ts/s);
    const noNode = startDemoWorker({ script: "worker.ts", log, node: join(folder, "no-node") });
    await expect(noNode.ended).rejects.toThrow("The worker cannot be started: spawn");
  });
});

it("the demo ends with the reason and exit code 1 when its worker dies", async () => {
  const demo = startScript("demo/run.ts", [], {});
  onTestFinished(async () => void (await demo.end("SIGKILL")));
  const pid = await eventually(
    "its worker is started",
    () => /Started a worker, process (\d+)/.exec(demo.output())?.[1],
  );
  process.kill(Number(pid), "SIGKILL");
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toContain(
    "The demo failed. The worker was ended by SIGKILL before the mails were sent.",
  );
});
