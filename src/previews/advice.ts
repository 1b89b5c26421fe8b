import { CLIPPED_OVER, clippedBytes, inKilobytes } from "../rendering/clipping.ts";
import { lackingInBulk } from "./bulk-mail.ts";
import type { Shown } from "./showing.ts";

/**
 * What could be better in a mail that can be sent as it is.
 * @param newsletters the mails that went to many people, as `Mailer.action`
 */
export function adviceOnMail(shown: Shown, newsletters: ReadonlySet<string> = new Set()): readonly string[] {
  const lacking = lackingInBulk(shown, newsletters);
  const bulk = `large providers want of a mail to many people: ${lacking.join(", ")}`;
  return [...clippingOf(shown), ...(lacking.length > 0 ? [bulk] : [])];
}

function clippingOf({ mail }: Shown): readonly string[] {
  const bytes = clippedBytes(mail.html);
  if (bytes === undefined) return [];
  return [`the html is ${inKilobytes(bytes)}, and Gmail shows ${inKilobytes(CLIPPED_OVER)}`];
}
