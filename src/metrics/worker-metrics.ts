import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Events } from "../events.ts";
import type { JobRecord } from "../jobs/job-record.ts";

/** How long jobs wait and mails take, in seconds: from what is quick to what somebody should look at. */
const BUCKETS = [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300, 1_800];

/** What a worker process has done since its start, as Prometheus reads it. Labels are names of the program's, never addresses. */
export class WorkerMetrics {
  readonly #registry = new Registry();

  /** @param running how many jobs run now */
  constructor(events: Events, running: () => number) {
    const registers = [this.#registry];
    new Gauge({
      name: "delayed_mailer_jobs_running",
      help: "Jobs that this process performs now",
      registers,
      collect() {
        this.set(running());
      },
    });
    this.#countJobs(events);
    this.#countMails(events);
    this.#watchTransports(events);
  }

  /** The exposition format, and its content type. */
  async read(): Promise<{ readonly type: string; readonly text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #countJobs(events: Events): void {
    const registers = [this.#registry];
    const attempts = new Counter({
      name: "delayed_mailer_job_attempts_total",
      help: "Attempts by mail, queue and how they ended: done, retried, failed, released",
      labelNames: ["mail", "queue", "result"],
      registers,
    });
    const duration = new Histogram({
      name: "delayed_mailer_job_duration_seconds",
      help: "How long attempts that were done took",
      labelNames: ["queue"],
      buckets: BUCKETS,
      registers,
    });
    const wait = new Histogram({
      name: "delayed_mailer_job_wait_seconds",
      help: "How long after it was due a job was begun",
      labelNames: ["queue"],
      buckets: BUCKETS,
      registers,
    });
    const ended = ({ handler, action, queue }: JobRecord, result: string) =>
      attempts.inc({ mail: `${handler}.${action}`, queue, result });
    events.on("job.started", ({ job: { queue, runAt, lockedAt } }) => {
      if (lockedAt) wait.observe({ queue }, Math.max(0, lockedAt.getTime() - runAt.getTime()) / 1_000);
    });
    events.on("job.done", ({ job, ms }) => {
      ended(job, "done");
      duration.observe({ queue: job.queue }, ms / 1_000);
    });
    events.on("job.retried", ({ job }) => ended(job, "retried"));
    events.on("job.failed", ({ job }) => ended(job, "failed"));
    events.on("job.released", ({ job }) => ended(job, "released"));
  }

  #countMails(events: Events): void {
    const registers = [this.#registry];
    const mails = new Counter({
      name: "delayed_mailer_mails_total",
      help: "Mails by what became of one try to send them",
      labelNames: ["outcome"],
      registers,
    });
    const duration = new Histogram({
      name: "delayed_mailer_mail_duration_seconds",
      help: "How long the mail server took for a mail",
      buckets: BUCKETS,
      registers,
    });
    const recipients = new Counter({
      name: "delayed_mailer_newsletter_recipients_total",
      help: "Recipients of newsletters by what became of them; one that is tried again counts again",
      labelNames: ["outcome"],
      registers,
    });
    events.on("mail.sent", ({ ms }) => {
      mails.inc({ outcome: "sent" });
      duration.observe(ms / 1_000);
    });
    events.on("mail.failed", ({ outcome }) => mails.inc({ outcome }));
    events.on("mail.stopped", () => mails.inc({ outcome: "stopped" }));
    events.on("newsletter.recorded", ({ outcomes }) => {
      for (const [outcome, count = 0] of Object.entries(outcomes)) recipients.inc({ outcome }, count);
    });
  }

  #watchTransports(events: Events): void {
    const resting = new Gauge({
      name: "delayed_mailer_transport_resting",
      help: "1 while a transport rests because its mail server does not work",
      labelNames: ["transport"],
      registers: [this.#registry],
    });
    events.on("transport.changed", ({ transport, open }) => resting.set({ transport }, open ? 1 : 0));
  }
}
