import { randomUUID } from "node:crypto";
import { headline } from "../jobs/describe-error.ts";
import { type Finishing, finishBroadcast } from "./finish-newsletter.ts";
import type { RecipientNote } from "./newsletter-store.ts";
import { byteOf, isFinal, mayHaveIt, outcomeOf } from "./outcome.ts";

/**
 * Gives the recipients of a chunk whose job was given up an outcome, because nobody works on them any more: `failed` with the job's
 * error, or `unknown` for those who may have the mail. Doing it again changes nothing.
 */
export async function abandonChunk(chunkId: string, error: string, finishing: Finishing): Promise<void> {
  const { ledger } = finishing;
  const chunk = await ledger.chunk(chunkId);
  if (chunk === undefined) return;
  const token = randomUUID();
  const outcomes = await ledger.take(chunk, token);
  const notes: RecipientNote[] = [];
  for (const [index, byte] of outcomes.entries()) {
    const before = outcomeOf(byte);
    if (isFinal(before) || before === "abandoned") continue;
    const outcome = mayHaveIt(before) ? "unknown" : "abandoned";
    outcomes[index] = byteOf(outcome);
    notes.push({ index, outcome, response: headline(error) });
  }
  if (await ledger.record(chunkId, token, { outcomes, notes, complete: true }))
    await finishBroadcast(chunk.broadcast, finishing);
}
