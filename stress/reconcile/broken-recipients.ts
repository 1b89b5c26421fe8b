import type { NewsletterHistory, RecipientHistory } from "./newsletter-history.ts";
import type { Broken } from "./promise.ts";

/** @param fault what is wrong with a recipient, if anything is */
export function brokenOf(
  newsletters: readonly NewsletterHistory[],
  fault: (recipient: RecipientHistory, newsletter: NewsletterHistory) => string | undefined,
): readonly Broken[] {
  return newsletters.flatMap((newsletter) =>
    newsletter.recipients.flatMap((each): readonly Broken[] => {
      const why = fault(each, newsletter);
      const [call] = each.chunks;
      return why === undefined
        ? []
        : [{ recipient: each.recipient, why, ...(call !== undefined && { call }) }];
    }),
  );
}
