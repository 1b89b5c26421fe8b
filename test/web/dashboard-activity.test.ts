import { describe, expect, it } from "vitest";
import { seriesOf } from "../../src/web/dashboard/views/series.ts";
import { DashboardClient } from "../../src/web/index.ts";
import { aReport, counts } from "../support/dashboard-samples.ts";
import { startDashboard } from "../support/dashboard-server.ts";

describe("the history", () => {
  it("is shown as bars that say in words what they show, by queue and mailer, of a day and of a month", async () => {
    const { app, get } = await startDashboard();
    await app.stores.activity.add(new Date(), [
      { subject: "all", name: "", counts: counts(1_200, 3) },
      { subject: "queue", name: "mail", counts: counts(1_200, 3) },
      { subject: "mail", name: "UserMailer.<b>welcome", counts: counts(1_199, 3) },
    ]);
    await app.stores.activity.add(new Date(Date.now() - 5 * 24 * 3_600_000), [
      { subject: "all", name: "", counts: counts(800) },
    ]);
    const page = await (await get("/")).text();
    expect(page).toMatch(
      /<svg class="spark"[^>]* role="img" aria-label="last day: 1,200 jobs done, 3 failed; most at [\d-]+ [\d:]+ UTC, 1,200">/,
    );
    expect(page).toContain("<b>40 ms</b> mean wait");
    expect(page).toContain("UserMailer.&lt;b&gt;welcome");
    const month = await (await get("/?span=month")).text();
    expect(month).toContain("<b>2,000</b> jobs done");
  });

  it("says that there is none yet", async () => {
    const { get } = await startDashboard();
    expect(await (await get("/")).text()).toContain("Nothing was done yet");
  });

  it("is the same by the API", async () => {
    const { app, url } = await startDashboard();
    await app.stores.activity.add(new Date(), [{ subject: "all", name: "", counts: counts(7) }]);
    const { span, slotMs, slots } = await new DashboardClient(url).history();
    expect([span, slotMs]).toEqual(["day", 300_000]);
    expect(slots).toMatchObject([{ subject: "all", name: "", counts: { done: 7 }, at: expect.any(String) }]);
  });

  it("has every slot in one step, the newest in the last", () => {
    const now = new Date(Date.UTC(2026, 0, 10, 9, 7));
    for (const history of ["day", "month"] as const) {
      const slotMs = history === "day" ? 300_000 : 3_600_000;
      const kept = history === "day" ? 288 : 744;
      const newest = Math.floor(now.getTime() / slotMs) * slotMs;
      const slots = Array.from({ length: kept }, (_, index) => ({
        ...{ at: new Date(newest - index * slotMs), subject: "all" as const, name: "" },
        counts: counts(1),
      }));
      for (const most of [kept, 62, 24, 7]) {
        const { steps, total } = seriesOf(slots, { history, now, most });
        expect(total.done).toBe(kept);
        expect(steps.length).toBeLessThanOrEqual(most);
        expect(steps.at(-1)?.counts.done).toBeGreaterThan(0);
      }
    }
  });
});

describe("workers", () => {
  it("are shown with what they do, their lag and their memory, and by the API", async () => {
    const { app, get, url } = await startDashboard();
    const since = new Date(Date.now() - 125_000);
    const running = [{ id: "0123456789abcdef01234567", call: "UserMailer.welcome", queue: "mail", since }];
    await app.stores.activity.report(aReport("busy", { running, runningCount: 3, lagMs: 812 }));
    await app.stores.activity.report(aReport("idle", { queues: ["mail", "reports"] }));
    await app.stores.activity.report(aReport("hung", { at: new Date(Date.now() - 100_000) }));
    const page = await (await get("/workers")).text();
    expect(page).toMatch(/busy<[\s\S]*event loop held up[\s\S]*3 of 5[\s\S]*812 ms[\s\S]*90 MB/);
    expect(page).toMatch(
      /href="\/jobs\/0123456789abcdef01234567"><bdi>UserMailer\.welcome[\s\S]*2 min ago[\s\S]*and more: 2/,
    );
    expect(page).toMatch(/mail, reports[\s\S]*It waits for work/);
    expect(page.match(/class="tag bad">silent/g)).toHaveLength(1);
    expect(await (await get("/")).text()).toMatch(/<b>3<\/b><small>workers/);
    const { workers } = await new DashboardClient(url).workers();
    expect(workers.map(({ worker, lagMs }) => [worker, lagMs])).toEqual([
      ["busy", 812],
      ["hung", 3],
      ["idle", 3],
    ]);
  });

  it("say how to start one where there is none", async () => {
    const { get } = await startDashboard();
    expect(await (await get("/workers")).text()).toContain("npx delayed-mailer worker");
  });
});
