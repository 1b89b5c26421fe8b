import { errorMessage } from "../errors/error-message.ts";
import type { AnyListener, EventMap, EventName } from "../events.ts";
import { headline } from "../jobs/describe-error.ts";
import { callName } from "../jobs/handler.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import { applicationPlace } from "../jobs/source-place.ts";
import { withoutAddresses } from "../mail/addresses-in-text.ts";
import type { LogOptions } from "./log.ts";
import { makeLogger } from "./log-writer.ts";
import { RepeatedLines } from "./repeated-lines.ts";

type Level = "debug" | "info" | "warn" | "error";
type Line = readonly [level: Level, fields: Record<string, unknown>, text?: string];
type Lines = { readonly [N in EventName]: (payload: EventMap[N]) => Line };

const LINES: Lines = {
  "dashboard.acted": (fields) => ["info", { ...fields }, "somebody acted by the dashboard"],
  "app.notice": ({ message }) => ["info", {}, message],
  "address.erased": (fields) => ["info", { ...fields }],
  "job.enqueued": ({ job }) => ["debug", jobFields(job)],
  "job.started": ({ job }) => ["debug", jobFields(job)],
  "job.done": ({ job, ms }) => ["info", { ...jobFields(job), ms: Math.round(ms) }],
  "job.retried": ({ job, error, runAt, counted }) => [
    "warn",
    { ...jobFields(job), ...errorFields(error), runAt, counted },
  ],
  "job.failed": ({ job, error, reason }) => ["error", { ...jobFields(job), reason, ...errorFields(error) }],
  "job.released": ({ job }) => ["info", jobFields(job)],
  "job.progress": ({ job, share, text }) => [
    "debug",
    { ...jobFields(job), share: Math.round(share * 1_000) / 1_000, ...(text !== undefined && { text }) },
  ],
  "job.log": ({ job, level, message, fields }) => [level, { ...fields, ...jobFields(job) }, message],
  "result.refused": ({ job, error }) => [
    "error",
    { ...jobFields(job), error: errorMessage(error) },
    "the job is done, and its result is not kept",
  ],
  "job.lost": ({ id }) => [
    "warn",
    { id },
    "the lease was lost; what this worker did for the job is not written",
  ],
  "hook.failed": ({ job, hook, error }) => ["error", { ...jobFields(job), hook, error: errorMessage(error) }],
  "plugin.failed": ({ event, error }) => ["error", { during: event, error: errorMessage(error) }],
  "jobs.claimed": ({ ms, ...fields }) => ["debug", { ...fields, ms: Math.round(ms) }],
  "jobs.reaped": (reaped) => ["warn", { ...reaped }, "leases of workers that went away were freed"],
  "queue.paused": ({ queue, ms, reason }) => ["warn", { queue, ms: Math.round(ms), reason }],
  "worker.started": (fields) => ["info", { ...fields }],
  "worker.stopping": (fields) => ["info", { ...fields }],
  "worker.stopped": (fields) => ["info", { ...fields }],
  "process.started": (fields) => ["info", { ...fields }],
  "process.ended": ({ restartMs, ...fields }) =>
    restartMs === undefined
      ? ["info", fields]
      : ["warn", { ...fields, restartMs: Math.round(restartMs) }, "the process is started again"],
  "mongoose.unconnected": ({ models }) => [
    "warn",
    { models: models.join(", ") },
    'nothing connects the mongoose of these models here, so their queries would wait and fail; write "await mongoose.connect(...)" before runWorker() (docs/mongoose.md)',
  ],
  "worker.clock-off": (fields) => ["warn", { ...fields }, "this machine's clock differs from the store's"],
  "worker.paused": ({ worker, ms }) => [
    "warn",
    { worker, ms: Math.round(ms) },
    "the process did not run: it was stopped, or a job blocked the event loop",
  ],
  "worker.overtime": ({ isAll, ...fields }) => [
    isAll ? "error" : "warn",
    fields,
    isAll
      ? "actions that do not end have all the places: this worker ends, so that another can take its place"
      : "actions go on after their time limit, and keep their places until they end",
  ],
  "scheduler.error": ({ error }) => ["error", { error: errorMessage(error) }],
  "worker.error": ({ worker, during, error }) => ["error", { worker, during, error: errorMessage(error) }],
  "mail.clipped": (fields) => ["warn", { ...fields }, "Gmail cuts a mail of this size off"],
  "mail.sent": ({ mail, messageId, accepted, rejected, response, ms }) => [
    "debug",
    { mail, messageId, accepted: accepted.length, rejected: rejected.length, response, ms: Math.round(ms) },
  ],
  "mail.failed": ({ response, ms, ...fields }) => [
    "debug",
    { ...fields, response: headline(response), ms: Math.round(ms) },
  ],
  "mail.stopped": ({ mail, messageId, reason }) => ["info", { mail, messageId, reason: headline(reason) }],
  "callback.failed": ({ callback, error }) => ["error", { callback, error: errorMessage(error) }],
  "transport.changed": ({ transport, open, reason, ms }) => [
    open ? "error" : "info",
    { transport, open, reason: headline(reason), ...(open && { ms: Math.round(ms) }) },
  ],
  "transport.limited": ({ reason, ...fields }) => [
    "warn",
    { ...fields, reason: headline(reason) },
    "the mail server allows no more; mails go on within that",
  ],
  "transport.paced": ({ transport, pace, reason }) => [
    "warn",
    { transport, pace: Math.round(pace * 10) / 10, reason: headline(reason) },
    "the mail server finds our mails too fast; they go more slowly, so many per second",
  ],
  "provider.slowed": ({ restMs, pace, reason, ...fields }) => [
    "warn",
    {
      ...fields,
      restMs: Math.round(restMs),
      ...(pace !== undefined && { pace: Math.round(pace * 10) / 10 }),
      reason: headline(reason),
    },
    "a mail provider asks for less; mails to it go more slowly, and all others as ever",
  ],
  "provider.recovered": ({ ms, ...fields }) => [
    "info",
    { ...fields, ms: Math.round(ms) },
    "mails to this mail provider go as ever again",
  ],
  "newsletter.recorded": ({ outcomes, ...fields }) => ["debug", { ...fields, ...outcomes }],
  "newsletter.paused": (fields) => [
    "error",
    { ...fields },
    "too many recipients were rejected; see why, then run newsletter resume",
  ],
  "newsletter.planned": (fields) => ["info", { ...fields }],
  "newsletter.error": ({ error, ...fields }) => ["error", { ...fields, error: errorMessage(error) }],
  "newsletter.replayed": (fields) => [
    "info",
    { ...fields },
    "a worker that is gone left this in its journal; what was answered is not sent again",
  ],
  "newsletter.contradicted": (fields) => [
    "warn",
    { ...fields },
    "mails were taken, and their recipients have another outcome",
  ],
  "journal.failed": ({ error, ...fields }) => ["error", { ...fields, error: errorMessage(error) }],
  "journal.set-aside": (fields) => ["warn", { ...fields }, "a journal cannot be used"],
  "newsletter.finished": ({ id, key, progress }) => [
    "info",
    {
      id,
      key,
      recipients: progress.recipients,
      sent: progress.sent,
      rejected: progress.rejected,
      failed: progress.failed,
    },
  ],
  "batch.ended": (fields) => [fields.done === fields.total ? "info" : "warn", { ...fields }],
  "listener.failed": ({ event, error }) => ["error", { listenerOf: event, error: errorMessage(error) }],
};

/** Makes what writes one line per event. */
export async function logLines(options: LogOptions): Promise<AnyListener> {
  const logger = await makeLogger(options);
  const repeated = new RepeatedLines();
  return (name, payload) => {
    const [usual, fields, text] = LINES[name](payload);
    const alike = repeated.pass(name, payload);
    const level = alike === undefined ? "debug" : usual;
    const line = { event: name, ...fields, ...(alike && { alike }) };
    logger[level](options.addresses ? line : fieldsWithoutAddresses(line), text);
  };
}

/** What was thrown, and the innermost line of the application's own files, where there is one. */
function errorFields(error: string): Record<string, unknown> {
  const place = applicationPlace(error);
  return { error: headline(error), ...(place && { at: `${place.file}:${place.line}` }) };
}

function jobFields(job: JobRecord): Record<string, unknown> {
  return { id: job.id, job: callName(job.handler, job.action), queue: job.queue, attempts: job.attempts };
}

/** Servers repeat addresses in their answers, so every text is looked through. Message-IDs keep their shape. */
function fieldsWithoutAddresses(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === "string" && key !== "messageId" ? withoutAddresses(value, "[address]") : value,
    ]),
  );
}
