import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { Job } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { filesOf } from "../support/docs.ts";
import { writeFilesOf } from "../support/page-files.ts";

it("the route handler in docs/nextjs.md stores a call", async () => {
  const folder = await writeFilesOf("docs/nextjs.md");
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await startApp();
  const { POST, runtime } = await import(pathToFileURL(join(folder, "app/register/route.ts")).href);
  expect(runtime).toBe("nodejs");
  const body = JSON.stringify({ email: "ann@example.com", name: "Ann" });
  const response: Response = await POST(new Request("http://x.test/register", { method: "POST", body }));
  expect(response.status).toBe(201);
  const { job } = (await response.json()) as { job: string };
  expect(await Job.find(job)).toMatchObject({ args: ["ann@example.com", "Ann"] });
});

it("docs/nextjs.md names the packages that Next must leave alone", () => {
  expect(filesOf("docs/nextjs.md")["next.config.js"]).toContain("serverExternalPackages");
});
