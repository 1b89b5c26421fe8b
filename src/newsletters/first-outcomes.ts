import type { NewsletterOutcome } from "../jobs/newsletter.ts";

/**
 * Looks at the first outcomes of a newsletter, for who cannot wait until a million are read.
 * @param most so many are looked at
 * @returns how many were, and whether those are all
 */
export async function lookAtFirst(
  outcomes: AsyncIterable<NewsletterOutcome>,
  most: number,
  look: (outcome: NewsletterOutcome) => void,
): Promise<{ readonly looked: number; readonly isWhole: boolean }> {
  let looked = 0;
  for await (const outcome of outcomes) {
    if (looked >= most) return { looked, isWhole: false };
    looked += 1;
    look(outcome);
  }
  return { looked, isWhole: true };
}
