import { describe, expect, it } from "vitest";
import { Mailer, mailer, schedule } from "../../src/index.ts";
import { faultsOnScreens, noBrowser, useBrowser } from "../support/browser.ts";
import { aReport, jobWithErrors, someActivity } from "../support/dashboard-samples.ts";
import { failAll, startDashboard } from "../support/dashboard-server.ts";
import { eventually } from "../support/eventually.ts";
import { someJobs } from "../support/jobs.ts";

class NewsActions extends Mailer {
  weekly(person: { email: string }, issue: number) {
    return this.mail({ to: person.email, subject: `News ${issue}`, text: "news" });
  }
}
const News = mailer(NewsActions, { name: "BrowserNews" });
const audience = Array.from({ length: 40 }, (_, index) => ({ email: `r${index}@example.com` }));

describe.skipIf(noBrowser)(`the dashboard in a browser${noBrowser ? ` (${noBrowser})` : ""}`, () => {
  const browser = useBrowser();

  it.each([
    ["on a dark screen", { colorScheme: "dark", viewport: { width: 1280, height: 800 } }],
    ["at phone width", { colorScheme: "light", viewport: { width: 390, height: 844 } }],
  ] as const)("finds, understands and retries a failed job by keys alone, %s", async (_, options) => {
    const { app, url } = await startDashboard();
    await app.store.insert(someJobs(3, (index) => ({ action: index === 1 ? "needle" : "go" })));
    await failAll(app);
    const page = await browser.open(`${url}/jobs?state=failed`, options);
    await page.keyboard.press("/");
    await page.keyboard.type("needle");
    await page.keyboard.press("Enter");
    await page.waitForURL("**q=needle**");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/jobs/*");
    await page.getByText("550 no such user [address]").waitFor();
    await page.keyboard.press("r");
    await page.keyboard.press("Enter");
    await page.getByText("It is due now").waitFor();
    expect(await app.store.count({ state: "ready", action: "needle" })).toBe(1);
  });

  it("shows a newsletter move, and pauses and resumes it by keys alone", async () => {
    const { app, url } = await startDashboard();
    const newsletter = await News.broadcast(audience, { key: "live", chunkSize: 5 }).weekly(7);
    const page = await browser.open(`${url}/newsletters/${newsletter.id}`, { colorScheme: "dark" });
    await page.getByText("0 of 40, 0 %").waitFor();
    const press = async (label: string) => {
      await page.getByText(label, { exact: true }).first().focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
    };
    await press("Pause");
    await page.getByText("It is paused").first().waitFor();
    expect(page.url()).toBe(`${url}/newsletters/${newsletter.id}`);
    expect((await newsletter.progress()).state).toBe("paused");
    await press("Resume");
    await page.getByText("It goes on").first().waitFor();
    await page.goto(`${url}/newsletters/${newsletter.id}`);
    const worker = app.worker({ exitOnComplete: true, queues: ["newsletters"] });
    await worker.run();
    await page.getByText("40 of 40, 100 %").waitFor();
    expect(await page.evaluate("document.querySelector('progress').value")).toBe(40);
  });

  it("marks jobs, and removes the marked after asking", async () => {
    const { app, url } = await startDashboard();
    await app.store.insert(someJobs(4));
    await failAll(app);
    const page = await browser.open(`${url}/jobs?state=failed`);
    for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
    await page.getByText("Remove", { exact: true }).first().click();
    await page.getByRole("button", { name: "Remove the chosen" }).click();
    await page.getByText("2 jobs are removed").waitFor();
    expect(await app.store.count({})).toBe(2);
  });

  it("comes back by itself when the store does", async () => {
    let isAway = false;
    const started = await startDashboard({
      app: async () => {
        if (isAway) throw new Error("connection refused");
        return started.app;
      },
    });
    const page = await browser.open(started.url);
    await page.getByText("Nothing has failed").waitFor();
    isAway = true;
    await page.getByText("The store does not answer").waitFor();
    isAway = false;
    await page.getByText("Nothing has failed").waitFor();
  });

  it("has empty pages in which axe finds nothing, nor anything wider than the screen", async () => {
    const { url } = await startDashboard();
    const page = await browser.open(url);
    for (const path of [
      "/",
      "/jobs",
      "/jobs?state=failed",
      "/queues",
      "/workers",
      "/schedules",
      "/newsletters",
    ]) {
      await page.goto(url + path);
      expect([path, await faultsOnScreens(page)]).toEqual([path, []]);
    }
  });

  it("shows what a worker does, and goes to its job by keys alone", async () => {
    const { app, url } = await startDashboard();
    const [job] = someJobs(1);
    await app.store.insert([job!]);
    const running = [{ id: job!.id, call: "Probe.go", queue: "mail", since: new Date() }];
    await app.stores.activity.report(aReport("one", { running, runningCount: 1 }));
    const page = await browser.open(`${url}/workers`);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/jobs/${job!.id}`);
  });

  it("does everything without script", async () => {
    const { app, url } = await startDashboard();
    await app.store.insert(someJobs(2));
    await failAll(app);
    const page = await browser.open(`${url}/jobs?state=failed`, { javaScriptEnabled: false });
    await page.locator("tbody a").first().click();
    await page.locator("summary", { hasText: "Retry" }).click();
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByText("It is due now").waitFor();
    await eventually("one is left", async () => (await app.store.count({ state: "failed" })) === 1);
  });

  it("has nothing that axe finds, nor anything wider than the screen, light and dark, 1280 and 390 wide", async () => {
    const { app, url } = await startDashboard();
    await app.store.insert(
      someJobs(30, (index) => ({ queue: index % 2 ? "mail" : "a-queue-with-a-rather-long-name" })),
    );
    await failAll(app);
    const [failed] = await app.store.find({ state: "failed" });
    await app.store.insert(someJobs(3));
    await app.store.pauseQueue("default");
    await someActivity(app);
    const tried = await jobWithErrors(app);
    const { id } = await News.broadcast(audience, { key: "axe" }).weekly(8);
    const readers = [...audience, { email: "no address" }];
    const rehearsal = await News.broadcast(readers, { key: "axe", rehearse: true }).weekly(8);
    schedule("axe-weekly", "0 9 * * MON", () => undefined);
    schedule("axe-paused", "0 3 * * *", () => undefined);
    await app.stores.schedules.pause("axe-paused", new Date());
    const limit = { key: "customer-7", concurrency: 1, rate: { limit: 10, per: 60_000 } };
    await app.store.insert(someJobs(2, () => ({ limit, runAt: new Date(0) })));
    await app.store.putBehind([], [limit]);
    const [behind] = await app.store.find({ queue: "default", order: "newest", limit: 1 });
    const page = await browser.open(url);
    for (const path of [
      "/",
      "/?span=month",
      "/workers",
      "/jobs",
      "/jobs?state=failed",
      "/jobs?q=nothing",
      `/jobs/${failed?.id}`,
      `/jobs/${tried}`,
      "/queues",
      "/schedules",
      "/newsletters",
      `/newsletters/${id}`,
      `/newsletters/${rehearsal.id}`,
      `/jobs/${behind?.id}`,
      "/nothing",
    ]) {
      await page.goto(url + path);
      await page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true");
      expect([path, await faultsOnScreens(page)]).toEqual([path, []]);
    }
    await page.goto(`${url}/schedules`);
    for (const name of ["Run now axe-weekly", "Pause axe-weekly", "Resume axe-paused"])
      await page.getByLabel(name).waitFor();
    await page.goto(`${url}/newsletters/${id}`);
    const saving = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download all outcomes (CSV)" }).click();
    expect((await saving).suggestedFilename()).toBe("axe.csv");
  });
});
