import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node";

/** A span as tests compare it, also across processes. */
export interface ShownSpan {
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly statusText: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

export function shownSpan(span: ReadableSpan): ShownSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    name: span.name,
    kind: SpanKind[span.kind] ?? "",
    status: SpanStatusCode[span.status.code] ?? "",
    statusText: span.status.message ?? "",
    traceId,
    spanId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map(({ context }) => context.spanId),
    attributes: span.attributes,
    events: span.events.map(({ name, attributes = {} }) => ({ name, ...attributes })),
  };
}
