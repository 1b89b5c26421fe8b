import { expect, it } from "vitest";
import { startHealthServer } from "../../src/health/health-server.ts";
import { Mailer, mailer } from "../../src/index.ts";
import { WorkerMetrics } from "../../src/metrics/worker-metrics.ts";
import { startApp } from "../support/app.ts";
import { startDashboard } from "../support/dashboard-server.ts";
import { aJob } from "../support/jobs.ts";

class MetricActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello", text: "hi" });
  }
  broken(email: string): never {
    throw new Error(`no ${email}`);
  }
}
const MetricMailer = mailer(MetricActions as never, { name: "MetricMailer", maxAttempts: 1 }) as unknown as {
  delay(options?: object): {
    hello(email: string): Promise<unknown>;
    broken(email: string): Promise<unknown>;
  };
  broadcast(audience: readonly string[], options: object): { hello(): Promise<unknown> };
};

it("a worker's health port tells Prometheus what was done, and no address", async () => {
  const { app, transport } = await startApp();
  const worker = app.worker({ exitOnComplete: true });
  const metrics = new WorkerMetrics(app.events, () => worker.status.running);
  const server = await startHealthServer(() => ({ isAlive: true, isReady: true, details: {} }), {
    port: 0,
    host: "127.0.0.1",
    metrics: () => metrics.read(),
  });
  await MetricMailer.delay({ queue: "mail" }).hello("ann@example.com");
  await MetricMailer.delay().broken("bob@example.com");
  await MetricMailer.delay({ maxAttempts: 1 }).hello("cleo@example.com");
  await MetricMailer.broadcast(["dan@example.com", "eve@example.com"], {}).hello();
  transport.script.push({ class: "sent", response: "250" });
  await worker.run();
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  const text = await response.text();
  expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
  for (const line of [
    'delayed_mailer_job_attempts_total{mail="MetricMailer.hello",queue="mail",result="done"} 1',
    'delayed_mailer_job_attempts_total{mail="MetricMailer.broken",queue="default",result="failed"} 1',
    'delayed_mailer_mails_total{outcome="sent"} 2',
    'delayed_mailer_newsletter_recipients_total{outcome="sent"} 2',
    'delayed_mailer_job_wait_seconds_count{queue="mail"} 1',
    "delayed_mailer_jobs_running 0",
  ])
    expect(text).toContain(line);
  expect(text).not.toContain("@");
  expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
  await server.close();
});

it("the dashboard tells Prometheus what waits, to those who may see it", async () => {
  const { app, get } = await startDashboard();
  await app.store.insert([
    aJob({ queue: "mail", runAt: new Date(Date.now() - 90_000) }),
    aJob({ queue: "later", runAt: new Date(Date.now() + 90_000) }),
  ]);
  const text = await (await get("/metrics")).text();
  expect(text).toContain('delayed_mailer_store_jobs{state="ready"} 2');
  expect(text).toContain('delayed_mailer_queue_waiting{queue="mail"} 1');
  expect(Number(/due_age_seconds\{queue="mail"\} ([\d.]+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(90);
  expect(text).toContain('delayed_mailer_queue_due_age_seconds{queue="later"} 0');
});

it("has no metrics where there are none, nor for strangers", async () => {
  const server = await startHealthServer(() => ({ isAlive: true, isReady: true, details: {} }), {
    port: 0,
    host: "127.0.0.1",
  });
  expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(404);
  await server.close();
  const { get } = await startDashboard({ authorize: () => false });
  expect((await get("/metrics")).status).toBe(403);
});
