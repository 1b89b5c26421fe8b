import { type Attributes, type Meter, metrics } from "@opentelemetry/api";
import type { Events } from "../events.ts";
import type { JobRecord } from "../jobs/job-record.ts";

/** Fills instruments from what happens. They are made at the first event, so that an SDK may be set up after the application is opened. */
export function recordMeasurements(events: Events, scope: string): void {
  let made: Instruments | undefined;
  const instruments = () => {
    made ??= makeInstruments(metrics.getMeter(scope));
    return made;
  };
  const ended = ({ handler, action, queue }: JobRecord, result: string) =>
    instruments().attempts.add(1, { mail: `${handler}.${action}`, queue, result });
  events.on("job.enqueued", ({ job: { queue } }) => instruments().enqueued.add(1, { queue }));
  events.on("job.started", ({ job: { queue, runAt, lockedAt } }) => {
    if (lockedAt)
      instruments().wait.record(Math.max(0, lockedAt.getTime() - runAt.getTime()) / 1_000, { queue });
  });
  events.on("job.done", ({ job, ms }) => {
    ended(job, "done");
    instruments().duration.record(ms / 1_000, { queue: job.queue });
  });
  events.on("job.retried", ({ job }) => ended(job, "retried"));
  events.on("job.failed", ({ job }) => ended(job, "failed"));
  events.on("job.released", ({ job }) => ended(job, "released"));
  const mail = (ms: number, attributes: Attributes) => {
    instruments().mails.add(1, attributes);
    instruments().mailDuration.record(ms / 1_000, attributes);
  };
  events.on("mail.sent", ({ ms }) => mail(ms, { outcome: "sent" }));
  events.on("mail.failed", ({ ms, outcome }) => mail(ms, { outcome }));
  events.on("mail.stopped", () => instruments().mails.add(1, { outcome: "stopped" }));
  events.on("newsletter.recorded", ({ outcomes }) => {
    for (const [outcome, count = 0] of Object.entries(outcomes))
      instruments().recipients.add(count, { outcome });
  });
  events.on("transport.changed", ({ transport, open }) =>
    instruments().resting.record(open ? 1 : 0, { transport }),
  );
}

type Instruments = ReturnType<typeof makeInstruments>;

function makeInstruments(meter: Meter) {
  const counter = (name: string, description: string, unit: string) =>
    meter.createCounter(`delayed_mailer.${name}`, { description, unit });
  const seconds = (name: string, description: string) =>
    meter.createHistogram(`delayed_mailer.${name}`, { description, unit: "s" });
  return {
    enqueued: counter("job.enqueued", "Jobs that this process stored", "{job}"),
    attempts: counter("job.attempts", "Attempts by how they ended", "{attempt}"),
    duration: seconds("job.duration", "How long attempts that were done took"),
    wait: seconds("job.wait", "How long after it was due a job was begun"),
    mails: counter("mails", "Single mails by what became of one try to send them", "{mail}"),
    mailDuration: seconds("mail.duration", "How long the mail server took for a mail"),
    recipients: counter("newsletter.recipients", "Recipients by what became of them", "{recipient}"),
    resting: meter.createGauge("delayed_mailer.transport.resting", {
      description: "1 while a transport rests because its mail server does not work",
    }),
  };
}
