import { randomUUID } from "node:crypto";
import type { Json } from "../jobs/job-record.ts";
import { ERASED } from "../jobs/stored-value.ts";
import { AnswerLog, unpackAnswers } from "../newsletters/answers/answer-log.ts";
import type { Chunk, NewsletterStore } from "../newsletters/newsletter-store.ts";
import type { Mentions } from "./mentions.ts";

/** What became of the rows of newsletters that say an address. */
export interface ErasedRecipients {
  /** Whose row is empty now; what became of their mail stays counted. Nobody who waited gets it any more. */
  readonly recipients: number;
  /** Of servers, that said it. */
  readonly answers: number;
  /** Rows that were left out of a newsletter, with a reason that said it. */
  readonly refusals: number;
}

type Ledger = Pick<
  NewsletterStore,
  "list" | "chunks" | "chunk" | "results" | "rewriteChunk" | "rewriteAnswers" | "refusals" | "addRefusals"
>;

/** How often a chunk is read again that somebody else rewrote meanwhile. */
const TRIES = 5;

/** Goes through all newsletters, holding one chunk at a time. @throws StoreError */
export async function eraseRecipients(mentions: Mentions, ledger: Ledger): Promise<ErasedRecipients> {
  let [recipients, answers, refusals] = [0, 0, 0];
  for (const { id } of await ledger.list()) {
    for await (const chunk of ledger.chunks(id)) {
      recipients += await blankRows(chunk, mentions, ledger);
      answers += await blankAnswers(chunk.id, mentions, ledger);
    }
    refusals += await blankRefusals(id, mentions, ledger);
  }
  return { recipients, answers, refusals };
}

async function blankRows(found: Chunk, mentions: Mentions, ledger: Ledger): Promise<number> {
  let chunk: Chunk | undefined = found;
  for (let tries = 0; chunk && tries < TRIES; tries++) {
    const said = chunk.recipients.map(
      (row, index) => mentions.isIn(row) || mentions.isIn(chunk?.identities[index]),
    );
    const count = said.filter(Boolean).length;
    if (count === 0 || (await ledger.rewriteChunk(chunk, blanked(chunk, said)))) return count;
    chunk = await ledger.chunk(chunk.id);
  }
  return 0;
}

/** As many rows as before, because outcomes go by their places. An identity of its own keeps two blank rows apart. */
function blanked(
  { recipients, identities }: Chunk,
  isBlank: readonly boolean[],
): Pick<Chunk, "recipients" | "identities"> {
  const empty: Json = { [ERASED]: true };
  return {
    recipients: recipients.map((row, index) => (isBlank[index] ? empty : row)),
    identities: identities.map((identity, index) => (isBlank[index] ? `erased ${randomUUID()}` : identity)),
  };
}

async function blankAnswers(chunkId: string, mentions: Mentions, ledger: Ledger): Promise<number> {
  let count = 0;
  for (const packed of (await ledger.results(chunkId)).answers) {
    const answers = unpackAnswers(packed);
    const said = answers.filter(({ response }) => mentions.isIn(response)).length;
    if (said === 0) continue;
    const log = new AnswerLog();
    for (const { index, outcome, response, code, at } of answers)
      log.add(index, outcome, mentions.without(response), code, at.getTime());
    await ledger.rewriteAnswers(chunkId, packed, log.pack().bytes);
    count += said;
  }
  return count;
}

async function blankRefusals(id: string, mentions: Mentions, ledger: Ledger): Promise<number> {
  let count = 0;
  for await (const { row, problem } of ledger.refusals(id)) {
    if (!mentions.isIn(problem)) continue;
    await ledger.addRefusals(id, [{ row, problem: mentions.without(problem) }]);
    count += 1;
  }
  return count;
}
