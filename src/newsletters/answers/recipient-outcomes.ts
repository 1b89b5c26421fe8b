import type { NewsletterOutcome } from "../../jobs/newsletter.ts";
import type { Chunk, ChunkResults, NewsletterRecord, NewsletterStore } from "../newsletter-store.ts";
import { outcomeOf, type ReportedOutcome, reportedAs } from "../outcome.ts";
import { type Answer, unpackAnswers } from "./answer-log.ts";
import { queueIdOf } from "./queue-id.ts";

type Ledger = Pick<NewsletterStore, "chunks" | "chunksWith" | "results">;

/** What became of each recipient, in the order of the audience, holding one chunk at a time. */
export async function* recipientOutcomes(
  record: NewsletterRecord,
  ledger: Ledger,
): AsyncGenerator<NewsletterOutcome> {
  for await (const chunk of ledger.chunks(record.id))
    yield* outcomesIn(record, chunk, await ledger.results(chunk.id));
}

/** What became of one. @param identity what `identify` gave for him */
export async function outcomeOfIdentity(
  record: NewsletterRecord,
  identity: string,
  ledger: Ledger,
): Promise<NewsletterOutcome | undefined> {
  const [chunk] = await ledger.chunksWith(record.id, identity);
  if (chunk === undefined) return undefined;
  for (const found of outcomesIn(record, chunk, await ledger.results(chunk.id)))
    if (found.recipient === identity) return found;
  return undefined;
}

function* outcomesIn(
  { state }: NewsletterRecord,
  { identities }: Chunk,
  { outcomes, answers }: ChunkResults,
): Generator<NewsletterOutcome> {
  const newest = new Map(answers.flatMap(unpackAnswers).map((answer) => [answer.index, answer]));
  for (const [index, recipient] of identities.entries()) {
    const recorded = reportedAs(outcomeOf(outcomes[index] ?? 0));
    const outcome = state === "cancelled" ? afterCancel(recorded) : recorded;
    yield { recipient, outcome, ...told(recorded, newest.get(index)) };
  }
}

/** Where the answer is older than the outcome, only the outcome is told. */
function told(
  outcome: ReportedOutcome,
  answer: Answer | undefined,
): Omit<NewsletterOutcome, "recipient" | "outcome"> {
  if (answer === undefined || reportedAs(answer.outcome) !== outcome) return { response: "" };
  const { code, response, at } = answer;
  const queueId = outcome === "sent" ? queueIdOf(response) : undefined;
  return { response, ...(code !== undefined && { code }), ...(queueId !== undefined && { queueId }), at };
}

function afterCancel(outcome: ReportedOutcome): ReportedOutcome {
  return outcome === "pending" || outcome === "deferred" ? "cancelled" : outcome;
}
