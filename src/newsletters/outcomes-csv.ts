import { pipeline, Readable } from "node:stream";
import { stringify } from "csv-stringify";
import type { NewsletterOutcome } from "../jobs/newsletter.ts";
import { enhancedStatus } from "../transports/outcome.ts";

/** In this order; docs/newsletters.md says what each is. */
const COLUMNS = ["recipient", "outcome", "code", "status", "queue_id", "at", "response"] as const;

/**
 * What became of everybody as a table, in flat memory: outcomes are read as fast as the text is. What a program for tables would take for a
 * formula is told from one by a leading apostrophe: servers and subscribers write these values.
 */
export function outcomesCsv(outcomes: AsyncIterable<NewsletterOutcome>): Readable {
  const csv = stringify({
    header: true,
    columns: [...COLUMNS],
    escape_formulas: true,
    cast: { date: (date) => date.toISOString() },
  });
  // An error ends the table too: whoever reads it is told there.
  pipeline(Readable.from(toRows(outcomes)), csv, () => undefined);
  return csv;
}

async function* toRows(outcomes: AsyncIterable<NewsletterOutcome>): AsyncGenerator<readonly unknown[]> {
  for await (const { recipient, outcome, code, response, queueId, at } of outcomes)
    yield [recipient, outcome, code, enhancedStatus(response), queueId, at, response];
}
