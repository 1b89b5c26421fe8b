import { createServer } from "node:http";
import { expect, it, onTestFinished, vi } from "vitest";
import { DashboardClient, dashboard } from "../../src/web/index.ts";
import { startApp } from "../support/app.ts";
import { failAll } from "../support/dashboard-server.ts";
import { someJobs } from "../support/jobs.ts";
import { snippetsIn } from "../support/page-files.ts";

const snippets = snippetsIn("docs/dashboard.md");
const snippetWith = (part: string) => snippets.find((code) => code.includes(part)) ?? expect.fail(part);

/** The statements of an example, with the names that it imports given to it. */
const run = (code: string, given: Record<string, unknown>) =>
  new Function(...Object.keys(given), `return (async () => { ${code.replaceAll(/^import .*$/gm, "")} })()`)(
    ...Object.values(given),
  ) as Promise<void>;

it("the server and the client in docs/dashboard.md work together", async () => {
  vi.stubEnv("ADMIN_TOKEN", "let-me-in");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { app } = await startApp();
  await app.store.insert(someJobs(2, () => ({ queue: "mail" })));
  await failAll(app);
  const server = createServer();
  onTestFinished(() => void server.close());
  const listening = new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  const started = (listener: Parameters<typeof createServer>[1]) => ({
    listen: () => void server.on("request", listener as never),
  });
  await run(snippetWith("authorize: (request)"), { createServer: started, dashboard });
  const url = `http://127.0.0.1:${await listening}/admin/mail`;
  expect((await fetch(url)).status).toBe(403);
  expect((await fetch(url.replace("/admin/mail", "/"))).status).toBe(404);
  class Local extends DashboardClient {
    constructor(_: string, options: object) {
      super(url, options);
    }
  }
  const ended = run(snippetWith("new DashboardClient("), { DashboardClient: Local });
  await expect(ended).rejects.toThrow("There is no such newsletter any more");
  expect(await app.store.count({ state: "ready" })).toBe(2);
});
