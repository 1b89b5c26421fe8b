import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { Job } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { eventually } from "../support/eventually.ts";
import { writeFilesOf } from "../support/page-files.ts";

const DECORATORS = JSON.stringify({ compilerOptions: { experimentalDecorators: true, target: "es2022" } });
const folder = await writeFilesOf("docs/frameworks.md", {
  more: { "tsconfig.json": DECORATORS, "package.json": '{"type":"module"}' },
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

describe.each(["nest/main.ts", "fastify/server.ts", "express/server.ts"])(
  "docs/frameworks.md: %s",
  (file) => {
    it("delays a mail, and closes with the server", async () => {
      const port = await freePort();
      const inbox = join(folder, `inbox-${port}`);
      const child = spawn(process.execPath, ["--import", "tsx", file], {
        cwd: folder,
        env: {
          ...process.env,
          PORT: String(port),
          NODE_ENV: "development",
          MAIL_FROM: "shop@example.com",
          DELAYED_MAILER_BASE_URL: "https://shop.example",
          DELAYED_MAILER_TEMPLATES: join(process.cwd(), "templates"),
          DELAYED_MAILER_SQLITE: join(folder, `store-${port}.sqlite`),
          DELAYED_MAILER_INBOX: inbox,
        },
        stdio: ["ignore", "ignore", "pipe"],
      });
      const errors = text(child.stderr);
      onTestFinished(() => void child.kill("SIGKILL"));
      const ended = once(child, "exit");
      const answer = await eventually("the server answers", async () => {
        if (child.exitCode !== null) throw new Error(await errors);
        return fetch(`http://127.0.0.1:${port}/sign-up`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ email: "ann@example.com", name: "Ann" }),
        }).catch(() => undefined);
      });
      expect(await answer.json()).toEqual({ job: expect.stringMatching(/^[0-9a-f]{24}$/) });
      if (!file.startsWith("express"))
        await eventually("the worker beside it sends the mail", () => mailsIn(inbox).length === 1);
      child.kill("SIGTERM");
      const [code, signal] = await ended;
      expect([await errors, code === 0 || signal === "SIGTERM"]).toEqual(["", true]);
    });
  },
);

function mailsIn(inbox: string): readonly string[] {
  try {
    return readdirSync(inbox).filter((name) => name.endsWith(".eml"));
  } catch {
    return [];
  }
}

it("docs/frameworks.md: Next's route delays a mail", async () => {
  await startApp();
  const { POST, runtime } = await import(join(folder, "next/app/api/sign-up/route.ts"));
  const body = JSON.stringify({ email: "ann@example.com", name: "Ann" });
  const response = await POST(new Request("http://x.test", { method: "POST", body }));
  expect([response.status, runtime]).toEqual([201, "nodejs"]);
  const { job } = await response.json();
  expect((await Job.find(job))?.name).toBe("UserMailer.sendRegistrationMail");
  const { default: config } = await import(join(folder, "next/next.config.ts"));
  expect(config.serverExternalPackages).toContain("delayed-mailer");
});

it("docs/frameworks.md: an interface of the application's own reaches only what is in its table", async () => {
  await startApp();
  const { queue } = await import(join(folder, "queue/adapter.ts"));
  const at = new Date(Date.now() + 60_000);
  const id = await queue.enqueue("registration", { email: "ann@example.com", name: "Ann" }, { at });
  expect((await Job.find(id))?.runAt).toEqual(at);
  await expect(queue.enqueue("constructor", {})).rejects.toThrow("registration");
});
