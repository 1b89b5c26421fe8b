import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { App, job } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-cancel-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOUR = 3_600_000;
let entered: () => void = () => undefined;
let reason: unknown;

const Waiting = job("test.Waiting", {
  async perform({ signal }) {
    entered();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reason = signal.reason;
    signal.throwIfAborted();
  },
});

describe.each([
  ["SQLite", async () => ({ sqlite: join(folder, "jobs.sqlite") })],
  ["MongoDB", async () => ({ mongodbUri: await newMongoDatabase() })],
])("a running job on %s", (_, settingsOf) => {
  it.each(["the store's own process", "another process"])(
    "is aborted when it is cancelled in %s, long before a heartbeat",
    async (place) => {
      reason = undefined;
      const settings = await settingsOf();
      const { app } = await startApp({}, settings);
      // A store of its own, which nobody here is told by.
      const other = await App.open(settings);
      try {
        const running = new Promise<void>((resolve) => {
          entered = resolve;
        });
        const stored = await Waiting.delay().perform();
        const worker = app.worker({ lease: HOUR, heartbeat: HOUR / 3 });
        const working = worker.workOff();
        await running;
        await (place === "another process" ? other : app).store.cancel(stored.id);
        await working;
        await worker.close();
        expect(String(reason)).toContain("the lease was lost");
        expect(await stored.reload()).toBeUndefined();
      } finally {
        await other.close();
      }
    },
  );
});
