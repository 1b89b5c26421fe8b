import { describe, expect, it } from "vitest";
import { DashboardClient } from "../../src/web/index.ts";
import { aReport } from "../support/dashboard-samples.ts";
import { startDashboard } from "../support/dashboard-server.ts";
import { aJob, someJobs } from "../support/jobs.ts";

const PAST = new Date(0);

describe("queues", () => {
  it("tell how many of their jobs run at once, in how many workers, and when nobody takes them", async () => {
    const { app, get, url } = await startDashboard();
    for (const queue of ["mail", "newsletters", "reports"]) await app.store.insert([aJob({ queue })]);
    const { activity } = app.stores;
    await activity.report(aReport("a", { queues: ["mail", "newsletters"], limits: { newsletters: 2 } }));
    await activity.report(aReport("b", { queues: ["mail"], concurrency: 7 }));
    const { queues } = await new DashboardClient(url).queues();
    expect(queues.map(({ queue, atOnce }) => [queue, atOnce])).toEqual([
      ["mail", { jobs: 12, workers: 2, isLimited: false }],
      ["newsletters", { jobs: 2, workers: 1, isLimited: true }],
      ["reports", { jobs: 0, workers: 0, isLimited: false }],
    ]);
    const page = await (await get("/queues")).text();
    expect(page).toMatch(/<bdi>mail<[\s\S]*12 <span[^>]*>2 workers<[\s\S]*<bdi>newsletters</);
    expect(page).toMatch(/<bdi>newsletters<[\s\S]*2 <span[^>]*>limited, 1 worker<[\s\S]*<bdi>reports</);
    expect(page).toMatch(/<bdi>reports<[\s\S]*no worker</);
    // A worker that names no queues takes from all.
    await activity.report(aReport("c", { limits: { newsletters: 2 } }));
    expect((await new DashboardClient(url).queues()).queues.at(-1)?.atOnce).toMatchObject({
      jobs: 5,
      workers: 1,
    });
  });
});

describe("limits by key", () => {
  it("are told of while jobs wait behind them, without addresses", async () => {
    const { app, get, url } = await startDashboard();
    const limit = { key: "to ann@example.com", concurrency: 2, rate: { limit: 10, per: 60_000 } };
    expect(await (await get("/queues")).text()).toContain("No job waits for a limit of its key");
    const jobs = someJobs(3, () => ({ limit, runAt: PAST, queue: "mail" }));
    await app.store.insert(jobs);
    await app.store.putBehind([], [limit]);
    const page = await (await get("/queues")).text();
    expect(page).toMatch(/to \[address\][\s\S]*>2<[\s\S]*10 \/ 1 min[\s\S]*>3</);
    expect(await new DashboardClient(url).limits()).toEqual({
      limits: [{ limit: { ...limit, key: "to [address]" }, behind: 3 }],
      isMore: false,
    });
    const job = await (await get(`/jobs/${jobs[0]!.id}`)).text();
    expect(job).toMatch(/Limit<\/dt><dd><bdi>to \[address\]<\/bdi>[\s\S]*2 at once, 10 \/ 1 min/);
    for (const path of ["/jobs", "/jobs?state=ready", `/jobs/${jobs[0]!.id}`]) {
      const text = await (await get(path)).text();
      expect(text).toContain("behind its limit");
      expect(text).not.toContain("9999");
      expect(text).not.toContain("ann@example.com");
    }
    expect(await (await get(`/api/jobs/${jobs[0]!.id}`)).text()).not.toContain("ann@example.com");
  });

  it("are twenty at most on a page, which says that there are others", async () => {
    const { app, get, url } = await startDashboard();
    const keys = Array.from({ length: 21 }, (_, index) => `key-${String(index).padStart(2, "0")}`);
    await app.store.insert(keys.map((key) => aJob({ limit: { key, concurrency: 1 }, runAt: PAST })));
    await app.store.putBehind(
      [],
      keys.map((key) => ({ key, concurrency: 1 })),
    );
    const { limits, isMore } = await new DashboardClient(url).limits();
    expect([limits.map(({ limit }) => limit.key), isMore]).toEqual([keys.slice(0, 20), true]);
    expect(await (await get("/queues")).text()).toContain("Jobs wait behind other keys, too");
  });
});
