// Everything of delayed-mailer/opentelemetry that is public.

export { type OpenTelemetryOptions, openTelemetry } from "./open-telemetry.ts";
