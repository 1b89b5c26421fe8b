import { describe, expect, it } from "vitest";
import type { JobStore } from "../../../src/jobs/job-store.ts";
import { eventually } from "../../support/eventually.ts";
import { aJob } from "../../support/jobs.ts";
import { FUTURE, keyOf, PAST, request, type Setup } from "./setup.ts";

export function describeWatching({ start, leased }: Setup): void {
  describe("watching", () => {
    it("rings when a job is stored here", async () => {
      const { store } = await start();
      const bell = listen(store);
      await store.insert([aJob()]);
      expect(bell.rings).toBeGreaterThan(0);
    });

    it("rings soon after another process stored a job", async () => {
      const { store, under } = await start();
      const other = await under.open();
      const bell = listen(store);
      await eventually("it rings for another store's insert", async () => {
        await other.insert([aJob()]);
        return bell.rings > 0;
      });
    });

    it("rings for a job that is handed back, retried at once or woken", async () => {
      const { store, job } = await leased({ group: "g" });
      const bell = listen(store);
      await rung(bell, () => store.settle([{ ...keyOf(job), kind: "release" }]));
      const retry = { kind: "retry", error: "x", counted: true } as const;
      const [second] = await store.claim(request());
      await rung(bell, () => store.settle([{ ...keyOf(second!), ...retry, runAt: PAST }]));
      const [third] = await store.claim(request());
      await store.settle([{ ...keyOf(third!), ...retry, runAt: FUTURE }]);
      await rung(bell, () => store.wakeGroup("g"));
    });

    it("rings when a lease that ran out is freed", async () => {
      const { store } = await leased({}, { leaseMs: 1 });
      const bell = listen(store);
      await rung(bell, () => eventually("the lease is freed", async () => (await store.reap()).freed === 1));
    });

    it("rings no more when it was stopped, and still for the others", async () => {
      const { store } = await start();
      const stopped = listen(store);
      const bell = listen(store);
      stopped.stop();
      await store.insert([aJob()]);
      expect(stopped.rings).toBe(0);
      expect(bell.rings).toBeGreaterThan(0);
    });
  });
}

function listen(store: JobStore): { readonly rings: number; stop(): void } {
  let rings = 0;
  const stop = store.watch(() => {
    rings += 1;
  });
  return {
    get rings() {
      return rings;
    },
    stop,
  };
}

/** A ring may come twice: here at once, and again as the echo of what other processes hear. */
async function rung(bell: { readonly rings: number }, action: () => Promise<unknown>): Promise<void> {
  const before = bell.rings;
  await action();
  expect(bell.rings).toBeGreaterThan(before);
}
