import { registry } from "../../jobs/handler.ts";
import { isRecords } from "../../records/record-handler.ts";

/** The classes and models of delayable records, by their stored names. Their files are imported by those of mailers and jobs. */
export function registeredRecords(): Readonly<Record<string, unknown>> {
  const records = registry.all().filter(isRecords);
  return Object.fromEntries(records.map(({ name, source }) => [name, source.class]));
}
