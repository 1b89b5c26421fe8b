import {
  type Attributes,
  type Context,
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
} from "@opentelemetry/api";
import { callName } from "../jobs/handler.ts";
import type { JobRecord } from "../jobs/job-record.ts";
import type { Attempted, Carry, Lifecycle } from "../queue/lifecycle.ts";
import type { Outcome } from "../transports/transport.ts";
import { markFailed, recordError, spanText } from "./span-errors.ts";

export interface SpansOptions {
  readonly scope: string;
  /** Whether an attempt begins a trace, with a link to the call, instead of going on with the call's. */
  readonly isOwnTrace: boolean;
}

const SYSTEM = { "messaging.system": "delayed_mailer" };

/**
 * The context that a span of a call was begun in. Calls that are stored together stand inside each other, and are siblings all the same.
 */
const CALLER = createContextKey("delayed-mailer: the caller of delay()");

/** Stands spans around delaying, performing, rendering and sending. */
export function makeSpans(lifecycle: Lifecycle, { scope, isOwnTrace }: SpansOptions): void {
  // Asked at each use, because an SDK may be set up after this.
  const tracer = () => trace.getTracer(scope);

  const produce = (name: string, attributes: Attributes, carry: Carry, next: () => Promise<unknown>) => {
    const active = context.active();
    const caller = callerIn(active);
    const options = { kind: SpanKind.PRODUCER, attributes: { ...SYSTEM, ...attributes } };
    const span = tracer().startSpan(name, options, caller);
    const inside = trace.setSpan(active.setValue(CALLER, caller), span);
    carry(carriedBy(inside));
    return within(span, inside, next);
  };

  lifecycle.around("enqueue", ({ job, carry }, next) => {
    const attributes = { "messaging.operation.name": "delay", "messaging.operation.type": "send" };
    return produce(
      `delay ${callName(job.handler, job.action)}`,
      { ...attributes, ...ofJob(job) },
      carry,
      next,
    );
  });

  lifecycle.around("broadcast", ({ newsletter, mail, carry }, next) =>
    produce(
      `broadcast ${mail}`,
      {
        "messaging.operation.name": "broadcast",
        "messaging.operation.type": "send",
        "delayed_mailer.call": mail,
        "delayed_mailer.newsletter": newsletter,
      },
      carry,
      next,
    ),
  );

  lifecycle.around("perform", ({ worker, job }, next) => {
    const caller = propagation.extract(ROOT_CONTEXT, job.meta);
    const options = consumerOptions(job, worker, caller);
    const parent = isOwnTrace ? ROOT_CONTEXT : caller;
    const span = tracer().startSpan(`perform ${callName(job.handler, job.action)}`, options, parent);
    return within(span, trace.setSpan(parent, span), next, (attempted) => tellAttempt(span, attempted));
  });

  lifecycle.around("render", ({ mail }, next) => {
    const span = tracer().startSpan(`render ${mail}`, { attributes: { "delayed_mailer.call": mail } });
    return within(span, trace.setSpan(context.active(), span), next);
  });

  lifecycle.around("send", ({ mail, messageId, transport, recipients }, next) => {
    const attributes = {
      "delayed_mailer.call": mail,
      "delayed_mailer.message_id": messageId,
      "delayed_mailer.transport": transport,
      "delayed_mailer.recipients": recipients,
    };
    const span = tracer().startSpan(`send ${mail}`, { kind: SpanKind.CLIENT, attributes });
    return within(span, trace.setSpan(context.active(), span), next, (outcome) => tellReply(span, outcome));
  });
}

function callerIn(active: Context): Context {
  // Only `produce` writes this key.
  return (active.getValue(CALLER) as Context | undefined) ?? active;
}

/**
 * What another process needs to go on with the trace, as the application's propagator writes it. Baggage is left out, because a job is
 * stored in the clear, and baggage may say who somebody is.
 */
function carriedBy(inside: Context): Readonly<Record<string, string>> {
  const carrier: Record<string, string> = {};
  propagation.inject(propagation.deleteBaggage(inside), carrier);
  return carrier;
}

function consumerOptions(job: JobRecord, worker: string, caller: Context): SpanOptions {
  const spanContext = trace.getSpanContext(caller);
  return {
    kind: SpanKind.CONSUMER,
    attributes: {
      ...SYSTEM,
      "messaging.operation.name": "perform",
      "messaging.operation.type": "process",
      "messaging.client.id": worker,
      "delayed_mailer.attempt": job.attempts,
      ...ofJob(job),
    },
    links: spanContext ? [{ context: spanContext }] : [],
  };
}

function ofJob(job: Pick<JobRecord, "id" | "queue" | "handler" | "action">): Attributes {
  return {
    "messaging.destination.name": job.queue,
    "messaging.message.id": job.id,
    "delayed_mailer.call": callName(job.handler, job.action),
  };
}

async function within<T>(
  span: Span,
  inside: Context,
  next: () => Promise<T>,
  tell: (result: T) => void = () => undefined,
): Promise<void> {
  try {
    tell(await context.with(inside, next));
  } catch (error) {
    recordError(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function tellAttempt(span: Span, { settlement, error }: Attempted): void {
  span.setAttribute("delayed_mailer.result", settlement?.kind ?? "lost");
  if (settlement?.kind === "fail") span.setAttribute("delayed_mailer.fail_reason", settlement.reason);
  if (error !== undefined && settlement?.kind !== "done") recordError(span, error);
}

function tellReply(span: Span, { class: outcome, code, response, accepted, refused }: Outcome): void {
  span.setAttributes({
    "delayed_mailer.outcome": outcome,
    "delayed_mailer.accepted": accepted.length,
    "delayed_mailer.refused": refused.length,
    ...(code !== undefined && { "smtp.reply.code": code }),
  });
  span.addEvent("smtp.reply", { "smtp.reply.text": spanText(response) });
  if (outcome !== "sent") markFailed(span, response);
}
