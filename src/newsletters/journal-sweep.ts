import { randomUUID } from "node:crypto";
import type { UnknownPolicy } from "../delivery/verdict.ts";
import type { Events } from "../events.ts";
import { packAnswers } from "./answers/answer-log.ts";
import type { Journals, LeftJournal } from "./journal/journals.ts";
import type { Chunk, NewsletterRecord, NewsletterStore } from "./newsletter-store.ts";
import { apply, replay, tellOfReplay } from "./replay.ts";

export interface SweepOptions {
  readonly ledger: NewsletterStore;
  readonly events: Events;
  readonly journals: Journals;
  readonly unknown: UnknownPolicy;
}

/** A journal that was not written for so long belongs to nobody who is at work, in ms: if its process is not known to live. */
const SILENT_MS = 60_000;

/**
 * Removes journals that nobody will take over: those of chunks that are complete, because another machine went on with them, and of
 * newsletters that were cancelled. What they know is recorded or told first. Others wait for whoever takes their chunk.
 */
export async function sweepJournals(options: SweepOptions): Promise<void> {
  const { journals, ledger } = options;
  await journals.clear();
  for (const journal of await journals.abandoned(SILENT_MS)) {
    const chunk = await ledger.chunk(journal.header.chunk);
    const newsletter = chunk && (await ledger.find(chunk.newsletter));
    // Another application may have the same folder.
    if (chunk && newsletter) await sweep(journal, { chunk, newsletter }, options);
  }
}

interface Swept {
  readonly chunk: Chunk;
  readonly newsletter: NewsletterRecord;
}

async function sweep(
  journal: LeftJournal,
  { chunk, newsletter }: Swept,
  options: SweepOptions,
): Promise<void> {
  const { ledger, events, journals, unknown } = options;
  const { id, key, state } = newsletter;
  const complete = state === "finished" || !(await ledger.incomplete(id)).includes(chunk.id);
  // Whoever takes it reads the journal.
  if (!complete && state !== "cancelled") return;
  const token = randomUUID();
  const { outcomes, previous } = await ledger.take(chunk, token);
  const findings = replay({ outcomes, previous, journals: [journal], unknown });
  const answers = packAnswers(apply(findings.changes, outcomes));
  if (!(await ledger.record(chunk.id, token, { outcomes, answers, complete }))) return;
  tellOfReplay({ id, key, chunk: chunk.id }, findings, events);
  await journals.settle([journal]);
}
