import { type Counts, NO_COUNTS, type WorkerReport } from "../../src/activity/activity-store.ts";
import type { App } from "../../src/app/app.ts";
import { aJob } from "./jobs.ts";

export const counts = (done: number, failed = 0): Counts => ({
  ...NO_COUNTS,
  ...{ done, failed, sent: done, begun: done, waitMs: done * 40 },
});

export function aReport(worker: string, more: Partial<WorkerReport> = {}): WorkerReport {
  const now = new Date();
  return {
    ...{
      worker,
      host: "web-1",
      pid: 7,
      version: "1.0.0",
      queues: [],
      concurrency: 5,
      startedAt: now,
      at: now,
    },
    ...{ running: [], runningCount: 0, done: 1_234, failed: 5, lagMs: 3, memory: 90 * 1024 * 1024 },
    ...more,
  };
}

/** A day and a month of work, by queue and mail, and workers that are busy, idle, held up and silent. */
export async function someActivity({ stores: { activity } }: App): Promise<void> {
  const now = Date.now();
  for (let hour = 0; hour < 40; hour++) {
    const done = 400 + Math.round(300 * Math.sin(hour / 4));
    const failed = hour % 7 === 0 ? 12 : 0;
    await activity.add(new Date(now - hour * 3_600_000), [
      { subject: "all", name: "", counts: counts(done, failed) },
      { subject: "queue", name: "a-queue-with-a-rather-long-name", counts: counts(done, failed) },
      {
        subject: "mail",
        name: "RegistrationMailer.sendRegistrationMailToEverybody",
        counts: counts(done, failed),
      },
      { subject: "mail", name: "UserMailer.welcome", counts: counts(Math.round(done / 3)) },
    ]);
  }
  const running = [
    {
      id: "0123456789abcdef01234567",
      call: "UserMailer.welcome",
      queue: "mail",
      since: new Date(now - 9_000),
    },
  ];
  await activity.report(aReport("web-1:4711", { running, runningCount: 3, lagMs: 812 }));
  await activity.report(aReport("web-1:4712", { queues: ["mail", "a-queue-with-a-rather-long-name"] }));
  await activity.report(aReport("web-2:99", { at: new Date(now - 100_000) }));
}

/** @returns the id of a job that failed at each of its two attempts, with an error for each */
export async function jobWithErrors({ store }: App): Promise<string> {
  const job = aJob({ queue: "tried", maxAttempts: 2 });
  await store.insert([job]);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const token = `tried-${attempt}`;
    await store.claim({ workerId: "w", token, limit: 1, leaseMs: 60_000, queues: ["tried"] });
    const error = `Error: 451 greylisted, attempt ${attempt}\n    at send (mailers/x.ts:3:5)`;
    const ending = { id: job.id, token, error, attempt };
    await store.settle([
      attempt === 1
        ? { ...ending, kind: "retry", runAt: new Date(0), counted: true }
        : { ...ending, kind: "fail", reason: "exhausted" },
    ]);
  }
  return job.id;
}
