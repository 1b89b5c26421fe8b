import { createServer, request as nodeRequest } from "node:http";
import { describe, expect, it, vi } from "vitest";
import { Mailer, mailer, schedule } from "../../src/index.ts";
import { makeDashboard } from "../../src/web/dashboard/dashboard.ts";
import { DashboardClient, dashboard } from "../../src/web/index.ts";
import { failAll, startDashboard } from "../support/dashboard-server.ts";
import { aJob, someJobs } from "../support/jobs.ts";

class BoardActions extends Mailer {
  hello(email: string, name: string) {
    return this.mail({
      to: email,
      subject: `Hello ${name}`,
      html: `<p>Dear ${name}</p><script>1</script>`,
      text: "hi",
    });
  }
}
const BoardMailer = mailer(BoardActions, { name: "BoardMailer" });
const SECRET = "ann.secret@example.com";

describe("jobs", () => {
  it("are shown by state, found by words and id, and paged by cursor without one being lost", async () => {
    const { app, get } = await startDashboard();
    await app.store.insert(
      someJobs(120, (index) => ({
        queue: index % 2 ? "odd" : "even",
        action: index === 60 ? "needle" : "go",
      })),
    );
    const seen = new Set<string>();
    let path: string | undefined = "/jobs?state=ready";
    let pages = 0;
    while (path !== undefined) {
      const page: string = await (await get(path)).text();
      for (const [, id = ""] of page.matchAll(/name="id" value="([0-9a-f]{24})"/g)) seen.add(id);
      path = /rel="next" href="([^"]+)"/.exec(page)?.[1]?.replaceAll("&amp;", "&");
      pages += 1;
    }
    expect([seen.size, pages]).toEqual([120, 3]);
    expect(await (await get("/jobs?q=needle")).text()).toContain("Probe.needle");
    expect(await (await get("/jobs?q=nothing+of+it")).text()).toContain("Nothing fits");
    const [id] = seen;
    expect((await get(`/jobs?q=${id}`)).headers.get("location")).toBe(`/jobs/${id}`);
    expect((await get("/jobs/000000000000000000000000")).status).toBe(404);
    expect((await get("/jobs?state=ready&after=rubbish")).status).toBe(200);
  });

  it("hide their arguments, and addresses in errors, unless told otherwise", async () => {
    const { app, get } = await startDashboard();
    const job = await BoardMailer.delay().hello(SECRET, "Ann");
    await failAll(app);
    for (const path of ["/", "/jobs", `/jobs/${job.id}`, `/api/jobs/${job.id}`, "/api/jobs"]) {
      const text = await (await get(path)).text();
      expect([path, text.includes("ann")]).toEqual([path, false]);
    }
    expect(await (await get(`/jobs/${job.id}`)).text()).toContain("mailers/x.ts:3:5");
    expect((await get(`/jobs/${job.id}/mail`)).status).toBe(404);
    expect((await get(`/jobs/${job.id}/mail/frame`)).status).toBe(404);
  });

  it("show what went wrong in each attempt, the last first, without addresses", async () => {
    const { app, get } = await startDashboard();
    const job = await BoardMailer.delay({ maxAttempts: 2, backoff: [0] }).hello("nowhere", "Ann");
    for (let attempt = 1; attempt <= 2; attempt++) {
      const [{ id, lockToken = "" } = job.record] = await app.store.claim({
        ...{ workerId: "w", token: `t${attempt}`, limit: 1, leaseMs: 60_000 },
      });
      const error = `Error: no ${SECRET} (${attempt})\n    at send (mailers/x.ts:3:5)`;
      const ending = { id, token: lockToken, error, attempt };
      await app.store.settle([
        attempt === 1
          ? { ...ending, kind: "retry", runAt: new Date(0), counted: true }
          : { ...ending, kind: "fail", reason: "exhausted" },
      ]);
    }
    const page = await (await get(`/jobs/${job.id}`)).text();
    expect(page).toMatch(
      /Attempt 2, [\s\S]*no \[address\] \(2\)[\s\S]*Attempt 1, [\s\S]*no \[address\] \(1\)/,
    );
    expect(page).not.toContain(SECRET);
    const text = await (await get(`/api/jobs/${job.id}`)).text();
    expect(JSON.parse(text).errors).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
    expect(text).not.toContain(SECRET);
  });

  it("show what redact gives, and with false the mail too, in a frame that runs nothing", async () => {
    const shown = await startDashboard({ redact: false });
    const job = await BoardMailer.delay().hello(SECRET, "Ann");
    expect(await (await shown.get(`/jobs/${job.id}`)).text()).toContain(SECRET);
    expect(await (await shown.get(`/jobs/${job.id}/mail`)).text()).toContain("Hello Ann");
    const framed = await shown.get(`/jobs/${job.id}/mail/frame`);
    expect(framed.headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox/);
  });

  it("show only what a function gives", async () => {
    const { get } = await startDashboard({ redact: ({ args: [, name] }) => ({ name }) });
    const job = await BoardMailer.delay().hello(SECRET, "Zoë");
    const text = await (await get(`/jobs/${job.id}`)).text();
    expect(text).toContain("Zoë");
    expect(text).not.toContain(SECRET);
  });

  it("are retried, run now, given another time, cancelled and removed, each with an audit line", async () => {
    const { app, post } = await startDashboard({ authorize: () => ({ may: "write", user: "olga" }) });
    const told: unknown[] = [];
    app.events.on("dashboard.acted", (line) => told.push(line));
    const [one, two] = someJobs(2);
    await app.store.insert([one!, two!]);
    await failAll(app);
    expect(await (await post(`/jobs/${one!.id}/retry`)).text()).toContain("It is due now");
    expect((await app.store.get(one!.id))?.state).toBe("ready");
    await post(`/jobs/${one!.id}/reschedule`, { runAt: "2030-01-02T03:04:05" });
    expect((await app.store.get(one!.id))?.runAt).toEqual(new Date("2030-01-02T03:04:05Z"));
    await post(`/jobs/${one!.id}/run`);
    expect((await app.store.get(one!.id))?.runAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect((await post(`/jobs/${one!.id}/reschedule`, { runAt: "soon" })).status).toBe(409);
    await post(`/jobs/${one!.id}/cancel`);
    await post(`/jobs/${two!.id}/remove`);
    expect(await app.store.count({})).toBe(0);
    expect(await (await post(`/jobs/${two!.id}/remove`)).text()).toContain("no such job any more");
    expect(told).toEqual(
      ["retry", "reschedule", "run", "cancel"]
        .map((verb) => ({ user: "olga", act: `job ${verb}`, subject: `Probe.go ${one!.id}`, count: 1 }))
        .concat([{ user: "olga", act: "job remove", subject: `Probe.go ${two!.id}`, count: 1 }]),
    );
  });

  it("say that a worker has them, where two people act at once", async () => {
    const { app, post } = await startDashboard();
    const job = aJob();
    await app.store.insert([job]);
    await failAll(app);
    const both = await Promise.all([post(`/jobs/${job.id}/retry`), post(`/jobs/${job.id}/retry`)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await app.store.claim({ workerId: "w", token: "u", limit: 9, leaseMs: 60_000 })).length).toBe(1);
    const late = await post(`/jobs/${job.id}/retry`);
    expect(late.status).toBe(409);
    expect(await late.text()).toContain("cannot be retried now");
  });

  it("are retried and removed in bulk: the marked ones, or all of a state and queue", async () => {
    const { app, post } = await startDashboard();
    const jobs = someJobs(12, (index) => ({ queue: index < 6 ? "a" : "b" }));
    await app.store.insert(jobs);
    await failAll(app);
    const marked = jobs.slice(0, 2).map(({ id }) => ["id", id] as const);
    expect(await (await post("/jobs/bulk", [["verb", "retry:chosen"], ...marked])).text()).toContain(
      "2 jobs are due now",
    );
    expect(
      await (await post("/jobs/bulk", { verb: "remove:all", state: "failed", queue: "b" })).text(),
    ).toContain("6 jobs are removed");
    expect(await app.store.count({ state: "failed" })).toBe(4);
    expect(await (await post("/jobs/bulk", { verb: "retry:chosen" })).text()).toContain("no job is marked");
    expect(await (await post("/jobs/bulk", { verb: "remove:all" })).text()).toContain("0 jobs are removed");
    expect(await (await post("/jobs/bulk", { verb: "explode:all" })).text()).toContain("cannot be read");
    expect(await app.store.count({})).toBe(6);
  });
});

describe("queues", () => {
  it("are paused and resumed, and tell since when their first job is due", async () => {
    const { app, get, post } = await startDashboard();
    await app.store.insert([aJob({ queue: "mail", runAt: new Date(Date.now() - 125_000) })]);
    expect(await (await get("/queues")).text()).toMatch(/mail[\s\S]*2 min ago/);
    expect(await (await post("/queues/pause", { queue: "mail" })).text()).toContain(
      "No worker takes from mail",
    );
    expect(await app.store.pausedQueues()).toEqual(["mail"]);
    await post("/queues/resume", { queue: "mail" });
    expect(await app.store.pausedQueues()).toEqual([]);
    expect((await post("/queues/pause", { queue: "" })).status).toBe(200);
    expect(await app.store.pausedQueues()).toEqual([]);
  });
});

describe("schedules", () => {
  schedule("board-weekly", "0 9 * * MON", () => undefined);

  it("are run now, paused and resumed, by the pages and the API, each with an audit line", async () => {
    const { app, get, post, url } = await startDashboard({
      authorize: () => ({ may: "write", user: "olga" }),
    });
    const told: unknown[] = [];
    app.events.on("dashboard.acted", (line) => told.push(line));
    const form = { schedule: "board-weekly" };
    expect(await (await post("/schedules/run", form)).text()).toContain("board-weekly is due now");
    await app.worker({ exitOnComplete: true }).run();
    expect(await app.store.count({ state: "failed" })).toBe(0);
    expect(await (await post("/schedules/pause", form)).text()).toMatch(/pass by[\s\S]*tag warn">paused/);
    const client = new DashboardClient(url);
    const own = async () => (await client.schedules()).schedules.find(({ name }) => name === "board-weekly");
    expect(await own()).toMatchObject({ paused: true, next: expect.any(String), last: expect.any(String) });
    expect(await client.actOnSchedule("board-weekly", "resume")).toMatchObject({ count: 1 });
    expect(await own()).toMatchObject({ paused: false });
    expect(await (await get("/schedules")).text()).toContain('tag good">on');
    expect(await (await post("/schedules/run", { schedule: "none" })).text()).toContain("no such schedule");
    await expect(client.actOnSchedule("none", "pause")).rejects.toMatchObject({ status: 404 });
    expect(told).toEqual(
      ["run", "pause", "resume"].map((verb) => ({
        ...{ user: "olga", act: `schedule ${verb}`, subject: "board-weekly", count: 1 },
      })),
    );
  });

  it("are not acted on by who may only look", async () => {
    const { app, get, post } = await startDashboard({ readOnly: true });
    expect(await (await get("/schedules")).text()).not.toContain('method="post"');
    expect((await post("/schedules/pause", { schedule: "board-weekly" })).status).toBe(403);
    expect(await app.stores.schedules.paused()).toEqual([]);
  });
});

describe("rights", () => {
  it("tell nothing to who has none: the same words for every path", async () => {
    const { app, get, post } = await startDashboard({ authorize: () => false });
    const job = aJob();
    await app.store.insert([job]);
    const answers = [
      ...(await Promise.all(
        [
          "/",
          "/jobs",
          `/jobs/${job.id}`,
          "/nothing",
          "/assets/pages.css",
          "/api/jobs",
          "/api/openapi.json",
          "/events",
        ].map((path) => get(path)),
      )),
      await post(`/jobs/${job.id}/cancel`),
    ];
    for (const answer of answers) expect([answer.status, await answer.text()]).toEqual([403, "Forbidden\n"]);
    expect(await app.store.count({})).toBe(1);
  });

  it.each([
    ["a viewer", { authorize: () => "read" as const }],
    ["readOnly", { readOnly: true }],
  ])("of %s are to look: no button is shown, and no act done", async (_, options) => {
    const { app, get, post, url } = await startDashboard(options);
    const job = aJob({ queue: "mail" });
    await app.store.insert([job]);
    const page = await (await get(`/jobs/${job.id}`)).text();
    expect(page).not.toContain('method="post"');
    for (const path of [
      `/jobs/${job.id}/cancel`,
      "/jobs/bulk",
      "/queues/pause",
      `/api/jobs/${job.id}/cancel`,
    ])
      expect((await post(path, { queue: "mail" })).status).toBe(403);
    await expect(new DashboardClient(url).actOnJob(job.id, "cancel")).rejects.toMatchObject({ status: 403 });
    expect([await app.store.count({}), await app.store.pausedQueues()]).toEqual([1, []]);
  });

  it("without authorize are this machine's alone: not another name's, not a proxy's, and no fetch handler's", async () => {
    const { url } = await startDashboard();
    const status = (headers: Record<string, string>) =>
      new Promise((resolve) => nodeRequest(url, { headers }, ({ statusCode }) => resolve(statusCode)).end());
    expect(await status({})).toBe(200);
    expect(await status({ host: "mail.example.com" })).toBe(403);
    expect(await status({ "x-forwarded-for": "203.0.113.1" })).toBe(403);
    expect((await dashboard().fetch(new Request("http://localhost/"))).status).toBe(403);
  });

  it("have to be said in production", async () => {
    vi.stubEnv("NODE_ENV", "production");
    vi.stubEnv("MAIL_FROM", "a@x.test");
    vi.stubEnv("SMTP_URL", "smtp://127.0.0.1:1");
    try {
      expect(() => dashboard()).toThrow("dashboard() needs authorize in production");
      expect(() => dashboard({ authorize: () => false })).not.toThrow();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("are refused to what another site sends, whoever is signed in", async () => {
    const { app, get } = await startDashboard({ authorize: () => "write" });
    const job = aJob();
    await app.store.insert([job]);
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.test" },
      { origin: "null" },
    ])
      for (const path of [`/jobs/${job.id}/cancel`, `/api/jobs/${job.id}/cancel`])
        expect((await get(path, { method: "POST", headers: headers as Record<string, string> })).status).toBe(
          403,
        );
    for (const path of [`/jobs/${job.id}/cancel`, "/queues/pause"])
      expect((await get(path)).status).toBe(404);
    expect(await app.store.count({})).toBe(1);
  });
});

describe("mounting", () => {
  it("below a path: every link and asset of it begins with that", async () => {
    const { get } = await startDashboard({ basePath: "/admin/mail" });
    const page = await (await get("/admin/mail")).text();
    for (const [, path = ""] of page.matchAll(/(?:href|src|action)="(\/[^"]*)"/g))
      expect(path).toMatch(/^\/admin\/mail/);
    expect((await get("/admin/mail/assets/pages.css")).status).toBe(200);
    expect(() => dashboard({ basePath: "/x/" })).toThrow("without a slash at its end");
  });

  it("as a middleware, leaves other paths to the next and reads a mount path that was cut off", async () => {
    const { app } = await startDashboard();
    void app;
    const { node, close } = dashboard({ basePath: "/admin" });
    const server = createServer((request, response) => {
      if (request.url?.startsWith("/admin"))
        Object.assign(request, { originalUrl: request.url, url: "/cut-off" });
      node(request, response, () => response.end("next"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address() as { port: number };
    const text = async (path: string) => (await fetch(`http://127.0.0.1:${address.port}${path}`)).text();
    expect(await text("/other")).toBe("next");
    expect(await text("/administration")).toBe("next");
    expect(await text("/admin/jobs")).toContain("<h1>Jobs</h1>");
    close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("the API", () => {
  it("says and does what the pages do, by a typed client", async () => {
    const { app, url } = await startDashboard();
    const client = new DashboardClient(url);
    await app.store.insert(someJobs(3, () => ({ queue: "mail" })));
    await failAll(app);
    expect((await client.overview()).states.failed).toBe(3);
    const { jobs, next } = await client.jobs({ state: "failed", limit: 2 });
    expect(jobs).toHaveLength(2);
    expect(jobs[0]).not.toHaveProperty("lockToken");
    expect((await client.jobs({ state: "failed", limit: 2, after: next ?? "" })).jobs).toHaveLength(1);
    expect((await client.job(jobs[0]?.id ?? "")).failReason).toBe("rejected");
    expect(await client.actOnJob(jobs[0]?.id ?? "", "retry")).toMatchObject({ count: 1 });
    await client.actOnJob(jobs[0]?.id ?? "", "reschedule", { runAt: new Date("2030-01-01") });
    expect(await client.actOnJobs({ verb: "remove", filter: { state: "failed" } })).toMatchObject({
      count: 2,
    });
    await client.pauseQueue("mail");
    expect((await client.queues()).queues).toMatchObject([{ queue: "mail", ready: 1, paused: true }]);
    await client.resumeQueue("mail");
    await expect(client.job("000000000000000000000000")).rejects.toMatchObject({
      status: 404,
      code: "DASHBOARD",
    });
    await expect(client.actOnJobs({ verb: "remove", ids: ["no id"] })).rejects.toMatchObject({ status: 400 });
    await expect(client.newsletter("none")).rejects.toMatchObject({ status: 404 });
  });

  it("describes every path it answers in openapi.json", async () => {
    const { get } = await startDashboard();
    const { paths } = (await (await get("/api/openapi.json")).json()) as { paths: Record<string, object> };
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) {
        const { status } = await get(path.replace("{id}", "000000000000000000000000"), {
          method: method.toUpperCase(),
          headers: { "sec-fetch-site": "same-origin" },
        });
        const body = [path, method, status];
        expect(body).not.toEqual([path, method, 500]);
        if (!path.includes("{id}")) expect(body).not.toEqual([path, method, 404]);
      }
    expect(Object.keys(paths).length).toBeGreaterThan(15);
  });
});

describe("a store that is away", () => {
  it("is told on the page and by the API, and its pages come back by themselves", async () => {
    let isAway = true;
    const started = await startDashboard({
      app: async () => {
        if (isAway) throw new Error("connection refused");
        return started.app;
      },
    });
    const page = await started.get("/");
    expect([page.status, page.headers.get("refresh")]).toEqual([503, "5"]);
    const text = await page.text();
    expect(text).toContain("The store does not answer");
    expect(text).toContain('data-live="tick"');
    expect((await started.get("/api/jobs")).status).toBe(503);
    expect((await started.post("/queues/pause", { queue: "a" })).status).toBe(503);
    isAway = false;
    expect((await started.get("/")).status).toBe(200);
  });
});

class PagedActions extends Mailer {
  weekly(person: { email: string }, issue: number) {
    return this.mail({ to: person.email, subject: `News ${issue}`, text: "news" });
  }
}
const PagedNews = mailer(PagedActions, { name: "PagedNews" });

describe("acts on many jobs", () => {
  it("do 5,000 of them, and say that there may be more", async () => {
    const { app, post, url } = await startDashboard();
    await app.store.insert(someJobs(5_003, () => ({ runAt: new Date(0) })));
    for (let left = 5_003; left > 0; left -= 1_000) await failAll(app);
    const bulk = { verb: "retry", filter: { state: "failed" } } as const;
    expect(await new DashboardClient(url).actOnJobs(bulk)).toEqual({
      ...{ count: 5_000, isMore: true },
      message: "5,000 jobs are due now. There may be more of them: do it once more.",
    });
    const answer = await (await post("/jobs/bulk", { verb: "retry:all", state: "failed" })).text();
    expect(answer).toContain("3 jobs are due now.");
    expect(answer).not.toContain("once more");
    expect(await app.store.count({ state: "ready" })).toBe(5_003);
  });
});

describe("newsletters", () => {
  it("are paged by cursor, the newest first, by the pages and the API", async () => {
    const { get, url } = await startDashboard();
    for (let issue = 0; issue < 52; issue++)
      await PagedNews.broadcast([{ email: "a@example.com" }], { key: `issue-${issue}` }).weekly(issue);
    const seen: string[] = [];
    let path: string | undefined = "/newsletters";
    while (path !== undefined) {
      const page: string = await (await get(path)).text();
      seen.push(...[...page.matchAll(/<bdi>(issue-\d+)<\/bdi>/g)].map(([, key = ""]) => key));
      path = /rel="next" href="([^"]+)"/.exec(page)?.[1];
    }
    expect(seen).toEqual(Array.from({ length: 52 }, (_, index) => `issue-${51 - index}`));
    const client = new DashboardClient(url);
    const { newsletters, next } = await client.newsletters();
    expect([newsletters.length, newsletters[0]?.key]).toEqual([25, "issue-51"]);
    expect((await client.newsletters(next)).newsletters[0]?.key).toBe("issue-26");
    expect(await (await get("/newsletters?after=0")).text()).toContain("No older newsletters");
  });

  it("give their outcomes as a table, without addresses unless arguments are shown", async () => {
    const audience = [{ email: "one@example.com" }, { email: "=two@example.com" }];
    const hidden = await startDashboard();
    const { id } = await PagedNews.broadcast(audience, { key: "to ann@x.test" }).weekly(1);
    const answer = await hidden.get(`/newsletters/${id}/outcomes.csv`);
    expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="to_ann_x.test.csv"');
    expect(await answer.text()).toBe(
      "recipient,outcome,code,status,queue_id,at,response\n[address],pending,,,,,\n[address],pending,,,,,\n",
    );
    expect(await (await hidden.get(`/newsletters/${id}`)).text()).toContain("Addresses are hidden in it");
    expect((await hidden.get("/newsletters/none/outcomes.csv")).status).toBe(404);
    const shown = makeDashboard({ redact: false, authorize: () => "read" });
    const table = await shown.fetch(new Request(`http://localhost/api/newsletters/${id}/outcomes.csv`));
    expect(await table.text()).toContain("one@example.com,pending,,,,,\n'=two@example.com,pending");
  });

  it("stop reading outcomes when nobody downloads them any more", async () => {
    const { app } = await startDashboard();
    const audience = Array.from({ length: 20_000 }, (_, index) => ({ email: `r${index}@example.com` }));
    const { id } = await PagedNews.broadcast(audience, { key: "long", chunkSize: 100 }).weekly(1);
    const chunk = vi.spyOn(app.stores.ledger, "results");
    const { body } = await makeDashboard({ authorize: () => "read" }).fetch(
      new Request(`http://localhost/newsletters/${id}/outcomes.csv`),
    );
    const reader = body!.getReader();
    await reader.read();
    await reader.cancel();
    // What was read ahead, and not the two hundred chunks.
    expect(chunk.mock.calls.length).toBeLessThan(100);
  });

  it("are looked through for reasons no further than a page may wait for, and not at all where nobody missed it", async () => {
    const { app, get } = await startDashboard();
    const audience = Array.from({ length: 12_000 }, (_, index) => ({ email: `r${index}@example.com` }));
    const { id } = await PagedNews.broadcast(audience, { key: "many", chunkSize: 500 }).weekly(1);
    const results = vi.spyOn(app.stores.ledger, "results");
    expect(await (await get(`/newsletters/${id}`)).text()).toContain("Everybody so far simply got it");
    expect(results).not.toHaveBeenCalled();
    const row = [...audience, { email: "no address" }];
    const other = await PagedNews.broadcast(row, { key: "with a bad row", chunkSize: 500 }).weekly(1);
    const page = await (await get(`/newsletters/${other.id}`)).text();
    expect(page).toContain("Of the first 1 that did not get it");
    const once = results.mock.calls.length;
    expect(once).toBeLessThanOrEqual(21);
    await get(`/newsletters/${other.id}`);
    expect(results.mock.calls.length).toBe(once);
  });

  it("show progress and reasons, find a recipient by a form, and are paused, resumed and cancelled", async () => {
    const { app, get, post, url } = await startDashboard();
    const audience = Array.from({ length: 30 }, (_, index) => ({ email: `r${index}@example.com` }));
    class NewsActions extends Mailer {
      weekly(person: { email: string }, issue: number) {
        return this.mail({ to: person.email, subject: `News ${issue}`, text: "news" });
      }
    }
    const News = mailer(NewsActions, { name: "BoardNews" });
    const { id } = await News.broadcast(audience, { key: "weekly-1" }).weekly(1);
    expect(await (await get("/newsletters")).text()).toContain("weekly-1");
    const found = await post(`/newsletters/${id}/find`, { recipient: "R3@example.com" });
    expect(await found.text()).toContain("pending");
    expect(
      await (await post(`/newsletters/${id}/find`, { recipient: "nobody@example.com" })).text(),
    ).toContain("Nobody of that name");
    expect(await (await post(`/newsletters/${id}/pause`)).text()).toContain("It is paused");
    const client = new DashboardClient(url);
    expect((await client.newsletter("weekly-1")).progress).toMatchObject({ state: "paused", recipients: 30 });
    expect(await client.findRecipient(id, "r3@example.com")).toMatchObject({ outcome: "pending" });
    await post(`/newsletters/${id}/resume`);
    expect((await app.newsletters.find(id).then((one) => one?.progress()))?.state).toBe("running");
    expect((await client.actOnNewsletter(id, "cancel")).count).toBe(1);
    expect((await post(`/newsletters/${id}/retry`)).status).toBe(200);
    expect((await get("/newsletters/none")).status).toBe(404);
  });
});
