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
    singleLine: true,
    translateTime: "HH:MM:ss",
    ignore: "event",
    messageFormat,
  });
  return pino(settings, stream);
}

/** On a terminal the event's name leads the line. */
function messageFormat(log: Record<string, unknown>, messageKey: string): string {
  return [log.event, log[messageKey]].filter((part) => typeof part === "string").join(": ");
}
