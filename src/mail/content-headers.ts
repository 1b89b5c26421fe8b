import { InvalidMailError } from "../errors/errors.ts";
import type { MailContent } from "./content.ts";
import { listHeaders } from "./list-headers.ts";
import { threadHeaders } from "./message-ids.ts";
import { lineFault } from "./text-fault.ts";

type Headers = Readonly<Record<string, string>>;

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
  if (fault !== undefined) throw new InvalidMailError(`\`tags[${index}]\` holds ${fault}: leave that out.`);
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
