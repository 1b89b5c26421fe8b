import { Readable } from "node:stream";
import type { Newsletter, NewsletterOutcome } from "../../jobs/newsletter.ts";
import { type Redact, shownText } from "./redaction.ts";

/** What became of everybody, as a table that is read from the store as fast as it is downloaded. Addresses are in it where arguments are shown. */
export async function outcomesDownload(
  newsletter: Newsletter,
  redact: Redact | undefined,
): Promise<Response> {
  const { outcomesCsv } = await import("../../newsletters/outcomes-csv.ts");
  const table = outcomesCsv(shownOutcomes(newsletter.outcomes(), redact));
  // Node's and the web's types of the same stream differ.
  return new Response(Readable.toWeb(table) as ReadableStream<Uint8Array>, {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": `attachment; filename="${newsletter.key.replace(/[^\w.-]+/g, "_")}.csv"`,
    },
  });
}

async function* shownOutcomes(
  outcomes: AsyncIterable<NewsletterOutcome>,
  redact: Redact | undefined,
): AsyncGenerator<NewsletterOutcome> {
  for await (const each of outcomes)
    yield redact === false
      ? each
      : { ...each, recipient: "[address]", response: shownText(each.response, redact) };
}
