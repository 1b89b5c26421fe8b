import { describe, expect, it, vi } from "vitest";
import { PermanentFailure } from "../../src/errors/errors.ts";
import { Mailer, mailer } from "../../src/index.ts";
import { makeDashboard } from "../../src/web/dashboard/dashboard.ts";
import { OPENAPI } from "../../src/web/dashboard/openapi.ts";
import { aReport } from "../support/dashboard-samples.ts";
import { failAll, startDashboard } from "../support/dashboard-server.ts";
import { aJob, someJobs } from "../support/jobs.ts";

const HOSTILE = "\u202e<script>alert(1)</script>\"'\u2066";

class AttackActions extends Mailer {
  hostile(email: string) {
    const html = `<html><body onload="parent.x=1"><script>parent.hacked=1</script><form action="https://evil.test"><button>Go</button></form>${"word ".repeat(1_000_000)}`;
    const attachments = [{ filename: "../../etc/\u202egnp.exe", content: "MZ" }];
    return this.mail({ to: email, subject: HOSTILE, html, text: "x", attachments });
  }
  news({ email }: { email: string }) {
    if (email.startsWith("bad")) throw new PermanentFailure(`${HOSTILE} ${email}`);
    return this.mail({ to: email, subject: "News", text: "x" });
  }
}
const AttackMailer = mailer(AttackActions, { name: "AttackMailer" });

describe("hostile words", () => {
  it("of queues, keys, workers and errors are shown as text, and turn no page around", async () => {
    const { app, get } = await startDashboard({ redact: false });
    const limit = { key: HOSTILE, concurrency: 1 };
    await app.store.insert([aJob({ queue: HOSTILE, limit, runAt: new Date(0) }), aJob({ queue: HOSTILE })]);
    await app.store.putBehind([], [limit]);
    await failAll(app, `Error: ${HOSTILE}\n    at ${HOSTILE}`);
    await app.store.insert([aJob({ queue: HOSTILE, uniqueKey: HOSTILE, runAt: new Date(0) })]);
    const running = [{ id: "0123456789abcdef01234567", call: HOSTILE, queue: HOSTILE, since: new Date() }];
    await app.stores.activity.report(aReport(HOSTILE, { host: HOSTILE, queues: [HOSTILE], running }));
    const audience = [{ email: "bad@example.com" }, { email: "good@example.com" }];
    const { id } = await AttackMailer.broadcast(audience, { key: HOSTILE, rehearse: true }).news();
    const jobs = await app.store.find({});
    const paths = ["/", "/jobs", "/jobs?state=failed", "/queues", "/workers", "/newsletters"];
    for (const path of [...paths, `/newsletters/${id}`, ...jobs.map((job) => `/jobs/${job.id}`)]) {
      const response = await get(path);
      // What a form sends back is what it is; it is not shown.
      const text = (await response.text()).replaceAll(/ value="[^"]*"/g, "");
      expect([path, response.status]).toEqual([path, 200]);
      expect([path, /<script>alert|[\u202a-\u202e\u2066-\u2069]/.exec(text)?.[0]]).toEqual([path, undefined]);
    }
    expect(await (await get("/queues")).text()).toContain("\\u202e&lt;script&gt;");
  });

  it("of a mail of 5 MB stay in its frame, which runs nothing", async () => {
    const { get } = await startDashboard({ redact: false });
    const { id } = await AttackMailer.delay().hostile("ann@example.com");
    const page = await (await get(`/jobs/${id}/mail`)).text();
    expect(page).not.toMatch(/<script>alert|\u202e/);
    expect(page).toContain('sandbox="allow-popups allow-popups-to-escape-sandbox"');
    const framed = await get(`/jobs/${id}/mail/frame`);
    const policy = framed.headers.get("content-security-policy") ?? "";
    for (const rule of ["default-src 'none'", "form-action 'none'", "sandbox allow-popups"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/script-src|allow-scripts|allow-forms|allow-same-origin/);
    expect((await framed.text()).length).toBeGreaterThan(5_000_000);
  });
});

describe("two people who press the same button at once", () => {
  it("retry all failed jobs once", async () => {
    const { app, post } = await startDashboard();
    await app.store.insert(someJobs(40));
    await failAll(app);
    const bulk = { verb: "retry:all", state: "failed" };
    const texts = await Promise.all(
      [post("/jobs/bulk", bulk), post("/jobs/bulk", bulk)].map(async (each) => (await each).text()),
    );
    const counts = texts.map((text) => Number(/(\d+) jobs? (?:is|are) due now/.exec(text)?.[1]));
    expect(counts[0]! + counts[1]!).toBe(40);
    expect(await app.store.count({ state: "ready" })).toBe(40);
  });

  it("send a newsletter to those whom it failed once more, and not twice", async () => {
    const { app, post } = await startDashboard();
    const audience = Array.from({ length: 6 }, (_, index) => ({ email: `bad${index}@example.com` }));
    const { id } = await AttackMailer.broadcast(audience, { key: "twice", chunkSize: 3 }).news();
    await app.worker({ queues: ["newsletters"] }).workOff();
    const newsletter = await app.newsletters.find(id);
    expect(await newsletter?.progress()).toMatchObject({ failed: 6 });
    const both = await Promise.all([post(`/newsletters/${id}/retry`), post(`/newsletters/${id}/retry`)]);
    const told = await Promise.all(
      both.map(async (each) => /sent to (\d+) once/.exec(await each.text())?.[1]),
    );
    expect(told.map(Number).reduce((sum, count) => sum + count, 0)).toBe(6);
    expect(await newsletter?.progress()).toMatchObject({ failed: 0, pending: 6 });
  });
});

describe("who has no rights", () => {
  it("is told the same few words at every path that there is", async () => {
    const { app, get, post } = await startDashboard({ authorize: () => false });
    const job = aJob({ queue: "secret-queue" });
    await app.store.insert([job]);
    const pages = ["/queues", "/schedules", "/workers", "/newsletters", `/jobs/${job.id}/mail`, "/metrics"];
    const paths = [...pages, ...Object.keys(OPENAPI.paths)].map((path) => path.replace("{id}", job.id));
    for (const path of paths)
      for (const answer of [await get(path), await post(path, { queue: "secret-queue" })])
        expect([path, answer.status, await answer.text()]).toEqual([path, 403, "Forbidden\n"]);
    expect(await app.store.pausedQueues()).toEqual([]);
  });
});

describe("a store that hangs", () => {
  it("is told of after five seconds, and its pages come back with it", async () => {
    const { app } = await startDashboard();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const hanging = vi.spyOn(app.store, "tally").mockReturnValue(new Promise(() => undefined));
      const { fetch } = makeDashboard({ authorize: () => "read" });
      const ask = async () => fetch(new Request("http://localhost/jobs"));
      const answer = ask();
      await vi.waitFor(() => expect(hanging).toHaveBeenCalled());
      await vi.advanceTimersByTimeAsync(5_000);
      const page = await answer;
      expect([page.status, page.headers.get("refresh")]).toEqual([503, "5"]);
      expect(await page.text()).toContain("has not answered for 5 seconds");
      hanging.mockRestore();
      expect((await ask()).status).toBe(200);
    } finally {
      vi.useRealTimers();
    }
  });
});
