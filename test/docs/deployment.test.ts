import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import mongoose from "mongoose";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { COMMANDS } from "../../src/cli/main.ts";
import { parseWorkerFlags, workerOptions } from "../../src/cli/worker/worker-flags.ts";
import { close, configure, Job, Mailer, mailer, openApp } from "../../src/index.ts";
import { useCli } from "../support/cli.ts";
import { filesOf } from "../support/docs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

class UserActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello" });
  }
}
const UserMailer = mailer(UserActions, { name: "DeploymentPageMailer" });

const FILES = filesOf("docs/deployment.md");
const [PROCFILE, DOCKERFILE, UNIT] = ["Procfile", "Dockerfile", "delayed-mailer.service"].map(
  (name) => FILES[`deploy/${name}`] ?? "",
);
const documents = (name: string) =>
  parseAllDocuments(FILES[`deploy/${name}`] ?? "", { merge: true }).map((document) => document.toJS());
const GRACE_S = 25;

it("docs/deployment.md shows the files of deploy/, as they are", () => {
  expect(Object.keys(FILES)).toHaveLength(7);
  for (const [path, shown] of Object.entries(FILES)) expect(readFileSync(path, "utf8"), path).toBe(shown);
});

/** Every command line of ours in any of the files, in words. */
function commandLines(): readonly string[][] {
  const all = Object.values(FILES)
    .join("\n")
    .replaceAll(/["',[\]]+/g, " ");
  const found = all.matchAll(/node_modules\/\.bin\/delayed-mailer ([^|\n}]*)/g);
  return Array.from(found, ([, words = ""]) => words.trim().split(/\s+/));
}

it("the command lines of deploy/ are ones that the command line takes", () => {
  const lines = commandLines();
  expect(lines.length).toBeGreaterThanOrEqual(8);
  for (const [name, ...flags] of lines) {
    expect(COMMANDS.map((command) => command.name)).toContain(name);
    if (name === "worker") expect(() => workerOptions(parseWorkerFlags(flags))).not.toThrow();
  }
  expect(PROCFILE).toMatch(/^release: .*indexes\nweb: .*\nworker: .*worker --processes 2\n$/);
});

it("the image runs as nobody of importance, and starts node itself", () => {
  const last = DOCKERFILE?.split("FROM ").at(-1) ?? "";
  expect(last).toMatch(/^USER [1-9]\d*$/m);
  expect(last).toMatch(/^CMD \["node", /m);
  expect(last.indexOf("USER")).toBeGreaterThan(last.indexOf("RUN"));
});

it("whoever stops a worker gives it more than its own grace time", () => {
  const [compose] = documents("compose.yaml");
  expect(Number.parseInt(compose.services.worker.stop_grace_period, 10)).toBeGreaterThan(GRACE_S + 1);
  const [{ spec }] = documents("kubernetes.yaml");
  expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(GRACE_S + 1);
  const supervisorS = GRACE_S + 35;
  expect(Number(/TimeoutStopSec=(\d+)/.exec(UNIT ?? "")?.[1])).toBeGreaterThan(supervisorS);
});

it("probes ask for what a worker answers, where it answers", () => {
  const [{ spec }] = documents("kubernetes.yaml");
  const [worker] = spec.template.spec.containers;
  const [{ containerPort, name }] = worker.ports;
  const port = parseWorkerFlags(worker.command.slice(3))["health-port"];
  expect(Number(port)).toBe(containerPort);
  const { livenessProbe, readinessProbe } = worker;
  expect([livenessProbe.httpGet, readinessProbe.httpGet]).toEqual([
    { path: "/healthz", port: name },
    { path: "/readyz", port: name },
  ]);
  const [compose] = documents("compose.yaml");
  expect(compose.services.worker.healthcheck.test.at(-1)).toContain(`:${port}/healthz`);
  expect(compose.services.worker.deploy.replicas).toBe(2);
  expect(compose.services.web.build).toEqual(compose.services.worker.build);
});

describe("deploy/scale.js", () => {
  const { cli } = useCli();

  /** A server that answers as that of Kubernetes does for one Deployment. */
  async function cluster(replicas: number, status = 200) {
    const requests: { method: string; url: string; authorization: string; body: string }[] = [];
    const server = createServer(async (request, response) => {
      const body = await text(request);
      const { method = "", url = "", headers } = request;
      requests.push({ method, url, authorization: headers.authorization ?? "", body });
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ spec: { replicas } }));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  async function scale(url: string, report: string, env: Record<string, string> = {}) {
    const account = mkdtempSync(join(tmpdir(), "delayed-mailer-account-"));
    onTestFinished(() => rmSync(account, { recursive: true, force: true }));
    writeFileSync(join(account, "token"), "secret\n");
    writeFileSync(join(account, "namespace"), "shop\n");
    const child: ChildProcess = spawn(process.execPath, ["deploy/scale.js"], {
      env: { ...process.env, SERVICE_ACCOUNT: account, KUBERNETES_API: url, JOBS_PER_WORKER: "2", ...env },
      stdio: "pipe",
    });
    child.stdin?.end(report);
    const [out, err, [code]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, "close"),
    ]);
    return { out, err, code };
  }

  async function reportOf(late: number): Promise<string> {
    configure({});
    for (let job = 0; job < late; job++) await UserMailer.delay().hello("ann@example.com");
    return (await cli("jobs", "check", "--max-age", "0", "--json")).out;
  }

  it("adds workers for jobs that are late, as `jobs check --json` tells them", async () => {
    const { requests, url } = await cluster(2);
    const { code, out } = await scale(url, await reportOf(3));
    expect([code, out]).toEqual([0, "3 jobs are late: 2 workers, now 4\n"]);
    const path = "/apis/apps/v1/namespaces/shop/deployments/mail-worker/scale";
    expect(requests.map(({ method, url: at }) => [method, at])).toEqual([
      ["GET", path],
      ["PATCH", path],
    ]);
    expect(requests[1]).toMatchObject({ authorization: "Bearer secret", body: '{"spec":{"replicas":4}}' });
  });

  it("takes one away while none is late, and stays within its bounds", async () => {
    const none = await reportOf(0);
    const { requests, url } = await cluster(4);
    expect((await scale(url, none)).out).toContain("4 workers, now 3");
    expect((await scale(url, none, { MIN_WORKERS: "4" })).out).toContain("4 workers, now 4");
    expect(requests.filter(({ method }) => method === "PATCH")).toHaveLength(1);
    const many = JSON.stringify({ overdue: [{ queue: "mail", count: 1_000 }] });
    expect((await scale(url, many, { MAX_WORKERS: "6" })).out).toContain("now 6");
  });

  it("fails, and scales nothing, where it is refused or was given nothing", async () => {
    const { requests, url } = await cluster(2, 403);
    const refused = await scale(url, '{"overdue":[]}');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("403")]);
    expect((await scale(url, "")).code).toBe(1);
    expect((await scale(url, '{"overdue":[]}', { MAX_WORKERS: "many" })).code).toBe(1);
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });
});

it("docs/deployment.md connects mongoose in a file that web process and worker import", async () => {
  vi.stubEnv("MONGODB_URI", await newMongoDatabase());
  vi.stubEnv("MAIL_FROM", "shop@example.com");
  await import("./deployment/connection.ts");
  onTestFinished(async () => {
    await close();
    await mongoose.disconnect();
    vi.unstubAllEnvs();
  });
  await UserMailer.delay().hello("ann@example.com");
  expect((await openApp()).stores.description).toContain("MongoDB");
  expect(await Job.all().count()).toBe(1);
});
