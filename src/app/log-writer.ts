import { type Logger, pino, stdTimeFunctions } from "pino";
import type { LogOptions } from "./log.ts";

/** A logger of JSON lines, or of lines for people; what makes these is loaded only then. */
export async function makeLogger({
  level = "info",
  output = process.stdout,
  pretty: people = output.isTTY === true,
}: LogOptions): Promise<Logger> {
  const formatters = { level: (label: string) => ({ level: label }) };
  const settings = { level, base: null, timestamp: stdTimeFunctions.isoTime, formatters };
  if (!people) return pino(settings, output as NodeJS.WriteStream);
  const destination = output as NodeJS.WriteStream;
  const { default: pretty } = await import("pino-pretty");
  const stream = pretty({
    destination,
    sync: true,
    hideObject: true,
    translateTime: "HH:MM:ss",
    messageFormat,
  });
  return pino(settings, stream);
}

/** On a terminal the event's name leads the line; then who it is about, what it says, and the rest as `name=value`. */
function messageFormat(log: Record<string, unknown>, messageKey: string): string {
  const { event, mail, job, error, reason, at, [messageKey]: text, level: _, time: __, ...rest } = log;
  const said = [text, error ?? reason].filter((part) => typeof part === "string").join(": ");
  const why = error === undefined ? undefined : reason;
  const fields = Object.entries({ ...(why !== undefined && { reason: why }), ...rest });
  const place = typeof at === "string" ? `(${at})` : undefined;
  return [event, mail ?? job, said, place, ...fields.map(([name, value]) => `${name}=${shown(value)}`)]
    .filter((part) => typeof part === "string" && part !== "")
    .join(" ");
}

function shown(value: unknown): string {
  return typeof value === "string" && /^\S+$/.test(value) ? value : JSON.stringify(value);
}
