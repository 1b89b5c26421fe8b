import { InvalidMailError } from "../errors/errors.ts";
import type { MailContent } from "./content.ts";
import { lineFault } from "./field-faults.ts";
import { MAX_WORD } from "./header-text.ts";
import { listHeaders } from "./list-headers.ts";
import { threadHeaders } from "./message-ids.ts";
import { isStructured } from "./structured-headers.ts";

export type Headers = Readonly<Record<string, string>>;

/** RFC 5322 ftext: printable ASCII but the colon. */
const FIELD_NAME = /^[!-9;-~]+$/;

/** A header line must stay below RFC 5322's 998 characters however it is encoded. */
const MAX_NAME = 76;

/** Written by the library or the transport from the parts of a mail. */
const OWNED =
  /^(to|cc|bcc|from|reply-to|subject|message-id|date|mime-version|content-.*|received|return-path|dkim-signature|resent-.*)$/i;

/**
 * The headers of a mailer and of its mail in one; where both give one, the mail's is taken, however it is spelled.
 * @throws InvalidMailError
 */
export function mergeHeaders(...sources: readonly (Headers | undefined)[]): Headers {
  const entries = sources.flatMap((source) => (source ? Object.entries(source) : []));
  if (entries.length === 0) return {};
  const byName = new Map<string, readonly [string, string]>();
  for (const [name, value] of entries) {
    checkHeader(name, value);
    byName.set(name.toLowerCase(), [name, value.trim()]);
  }
  return Object.fromEntries(byName.values());
}

function checkHeader(name: string, value: unknown): asserts value is string {
  const shown = JSON.stringify(name.slice(0, MAX_NAME));
  if (!FIELD_NAME.test(name) || name.length > MAX_NAME)
    throw new InvalidMailError(`${shown} is not a header name: letters, digits and hyphens only.`);
  if (OWNED.test(name))
    throw new InvalidMailError(
      `The header ${shown} cannot be set by hand: it is made from the other parts of the mail.`,
    );
  if (typeof value !== "string") throw new InvalidMailError(`The header ${shown} must be a string.`);
  const fault = lineFault(value, { tabs: true });
  if (fault !== undefined) throw new InvalidMailError(`The header ${shown} holds ${fault}.`);
  if (value.trim() === "") throw new InvalidMailError(`The header ${shown} is empty: leave it out.`);
  if (isStructured(name)) checkStructured(shown, value);
}

/** What cannot be encoded must go over the wire as it stands. */
function checkStructured(shown: string, value: string): void {
  if (!/^[ -~]*$/.test(value)) throw new InvalidMailError(`The header ${shown} must be plain ASCII.`);
  if (value.split(" ").some((word) => word.length > MAX_WORD))
    throw new InvalidMailError(
      `The header ${shown} holds a word of more than ${MAX_WORD} characters, which no line has room for.`,
    );
}

const PRIORITIES: Readonly<Record<string, Headers>> = {
  high: { "X-Priority": "1 (Highest)", "X-MSMail-Priority": "High", Importance: "High" },
  normal: {},
  low: { "X-Priority": "5 (Lowest)", "X-MSMail-Priority": "Low", Importance: "Low" },
};
const AUTO_SUBMITTED = ["auto-generated", "auto-replied"];

/** What is said in headers. */
const SAYING = ["inReplyTo", "references", "list", "tags", "metadata", "priority", "autoSubmitted"] as const;
const NONE: Headers = {};

/** So that the whole stays a header's name. */
const METADATA_NAME = /^[A-Za-z0-9_-]{1,40}$/;

/**
 * The headers that say what a mail's list, thread, tags and so on say.
 * @throws InvalidMailError
 */
export function contentHeaders(content: MailContent): Headers {
  if (!saysMore(content)) return NONE;
  const { list, tags = [], metadata = {}, priority = "normal", autoSubmitted } = content;
  return {
    ...threadHeaders(content),
    ...listHeaders(list),
    ...tagHeader(tags),
    ...Object.fromEntries(Object.entries(metadata).map(metadataHeader)),
    ...priorityHeaders(priority),
    ...(autoSubmitted !== undefined && { "Auto-Submitted": checkedAutoSubmitted(autoSubmitted) }),
  };
}

/** Whether anything is said in headers. */
export function saysMore(content: MailContent): boolean {
  return SAYING.some((field) => content[field] !== undefined);
}

function tagHeader(tags: readonly string[]): Headers {
  if (!Array.isArray(tags)) throw new InvalidMailError("`tags` must be a list of texts.");
  return tags.length > 0 ? { "X-Tag": tags.map(checkedTag).join(", ") } : {};
}

function checkedTag(tag: string, index: number): string {
  const fault = typeof tag === "string" ? lineFault(tag) : undefined;
  if (fault !== undefined) throw new InvalidMailError(`\`tags[${index}]\` holds ${fault}.`);
  if (typeof tag === "string" && tag.trim() !== "" && !tag.includes(",")) return tag.trim();
  throw new InvalidMailError(`\`tags[${index}]\` must be text in one line without commas, and not empty.`);
}

function metadataHeader([name, value]: readonly [string, string]): [string, string] {
  if (!METADATA_NAME.test(name))
    throw new InvalidMailError(
      `${JSON.stringify(name.slice(0, 60))} is not a name for metadata: at most 40 letters, digits, "_" and "-".`,
    );
  if (typeof value !== "string" || value.trim() === "")
    throw new InvalidMailError(`\`metadata.${name}\` must be a string that is not empty.`);
  return [`X-Metadata-${name}`, value];
}

function priorityHeaders(priority: string): Headers {
  const headers = Object.hasOwn(PRIORITIES, priority) ? PRIORITIES[priority] : undefined;
  if (headers) return headers;
  throw new InvalidMailError('`priority` must be "high", "normal" or "low".');
}

function checkedAutoSubmitted(value: string): string {
  if (AUTO_SUBMITTED.includes(value)) return value;
  throw new InvalidMailError(`\`autoSubmitted\` must be "${AUTO_SUBMITTED.join('" or "')}".`);
}
