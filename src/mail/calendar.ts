import { InvalidMailError } from "../errors/errors.ts";
import { checkedLabel } from "./attachment-label.ts";
import type { Calendar } from "./content.ts";
import { unknownKey } from "./field-faults.ts";
import { withCrlf } from "./line-ends.ts";

const METHODS = ["PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"];

/**
 * An invitation that a calendar will take: its method is the one the iCalendar object has (RFC 6047 2.4), its lines end in CRLF.
 * @throws InvalidMailError | AttachmentError
 */
export function checkedCalendar(calendar: Calendar): Calendar {
  const problem = unknownKey(calendar, { names: ["method", "content", "filename"], of: "an invitation" });
  if (problem !== undefined) throw new InvalidMailError(`\`calendar\`: ${problem}`);
  const { method, content, filename = "invite.ics" } = calendar;
  if (typeof content !== "string" || !/^BEGIN:VCALENDAR\r?\n/i.test(content))
    throw new InvalidMailError(
      "`calendar.content` is not an iCalendar object: it begins with BEGIN:VCALENDAR.",
    );
  const [, own = "none"] = /^METHOD:([^\r\n]*)/im.exec(content) ?? [];
  if (typeof method !== "string" || own.trim().toUpperCase() !== method)
    throw new InvalidMailError(
      `\`calendar.method\` and METHOD in \`calendar.content\` must be the same: ${JSON.stringify(method)}, ${JSON.stringify(own)}.`,
    );
  if (!METHODS.includes(method))
    throw new InvalidMailError(`\`calendar.method\` must be one of ${METHODS.join(", ")} (RFC 5546).`);
  const { filename: checked } = checkedLabel({ filename }, "calendar");
  return { method, content: withCrlf(content), filename: checked };
}
