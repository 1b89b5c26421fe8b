import { randomUUID } from "node:crypto";
import type { UnknownPolicy } from "../delivery/verdict.ts";
import { headline } from "../jobs/describe-error.ts";
import { packAnswers } from "./answers/answer-log.ts";
import { type Finishing, finishNewsletter } from "./finish-newsletter.ts";
import type { Journals } from "./journal/journals.ts";
import { byteOf, isFinal, mayHaveIt, outcomeOf } from "./outcome.ts";
import { apply, type Finding, replay } from "./replay.ts";

export interface Abandoning extends Finishing {
  readonly journals: Journals;
  readonly unknown: UnknownPolicy;
}

/**
 * Gives the recipients of a chunk whose job was given up an outcome, because nobody works on them any more: `failed` with the job's
 * error, or `unknown` for those who may have the mail. Doing it again changes nothing.
 */
export async function abandonChunk(
  chunkId: string,
  error: string,
  { journals, unknown, ...finishing }: Abandoning,
): Promise<void> {
  const { ledger } = finishing;
  const chunk = await ledger.chunk(chunkId);
  if (chunk === undefined) return;
  const token = randomUUID();
  const { outcomes, previous } = await ledger.take(chunk, token);
  const left = await journals.left(chunkId);
  const { changes } = replay({ outcomes, previous, journals: left, unknown });
  // Who was in hand and certainly not sent to is as those whose turn it never was.
  const isUntouched = ({ index, isUnsent }: Finding) =>
    isUnsent === true && !mayHaveIt(outcomeOf(outcomes[index] ?? 0));
  const answers = apply(
    changes.filter((change) => !isUntouched(change)),
    outcomes,
  );
  for (const [index, byte] of outcomes.entries()) {
    const before = outcomeOf(byte);
    if (isFinal(before) || before === "abandoned") continue;
    const outcome = mayHaveIt(before) ? "unknown" : "abandoned";
    outcomes[index] = byteOf(outcome);
    answers.push({ index, outcome, response: headline(error) });
  }
  if (!(await ledger.record(chunkId, token, { outcomes, answers: packAnswers(answers), complete: true })))
    return;
  await journals.settle(left);
  await finishNewsletter(chunk.newsletter, finishing);
}
