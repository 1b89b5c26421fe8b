import { InvalidMailError } from "../errors/errors.ts";
import type { MailingList } from "./content.ts";
import { lineFault, unknownKey } from "./field-faults.ts";
import { MAX_WORD, phrasePieces } from "./header-text.ts";

type Urls = string | readonly string[] | undefined;

const SCHEMES = new Set(["https:", "http:", "mailto:"]);
/** RFC 2919: a dot-atom that holds a dot. */
const LIST_ID = /^[\w!#$%&'*+\-/=?^`{|}~]+(\.[\w!#$%&'*+\-/=?^`{|}~]+)+$/;
const PARTS = ["id", "unsubscribe", "oneClick", "help", "subscribe", "post", "owner", "archive"];
const MAX_LIST_ID = 255;

/**
 * The headers of a mailing list (RFC 2369, RFC 2919, RFC 8058).
 * @throws InvalidMailError
 */
export function listHeaders(list: MailingList = {}): Readonly<Record<string, string>> {
  const problem = unknownKey(list, { names: PARTS, of: "a list" });
  if (problem !== undefined) throw new InvalidMailError(`\`list\`: ${problem}`);
  const { id, unsubscribe, oneClick = false, help, subscribe, post, owner, archive } = list;
  const urls = {
    "List-Unsubscribe": bracketed(unsubscribe, "unsubscribe"),
    "List-Help": bracketed(help, "help"),
    "List-Subscribe": bracketed(subscribe, "subscribe"),
    "List-Post": post === "NO" ? "NO" : bracketed(post, "post"),
    "List-Owner": bracketed(owner, "owner"),
    "List-Archive": bracketed(archive, "archive"),
  };
  if (oneClick && !/<https:/.test(urls["List-Unsubscribe"] ?? ""))
    throw new InvalidMailError(
      "`list.oneClick` needs an https: URL in `list.unsubscribe`, where mail programs send their POST (RFC 8058).",
    );
  const given = Object.entries(urls).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...(id !== undefined && { "List-Id": listId(id) }),
    ...Object.fromEntries(given),
    ...(oneClick && { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
  };
}

function listId(given: NonNullable<MailingList["id"]>): string {
  const { name, id } = typeof given === "string" ? { name: "", id: given } : given;
  if (typeof id !== "string" || !LIST_ID.test(id) || id.length > MAX_LIST_ID)
    throw new InvalidMailError('`list.id` is not an id such as "weekly.news.example.com" (RFC 2919).');
  const fault = typeof name === "string" ? lineFault(name) : undefined;
  if (fault !== undefined) throw new InvalidMailError(`The name in \`list.id\` holds ${fault}.`);
  if (typeof name !== "string" || name.length > MAX_LIST_ID)
    throw new InvalidMailError("The name in `list.id` must be text of at most 255 characters.");
  return name.trim() === "" ? `<${id}>` : `${phrasePieces(name.trim(), "List-Id").join(" ")} <${id}>`;
}

function bracketed(urls: Urls, field: string): string | undefined {
  if (urls === undefined) return undefined;
  const all = typeof urls === "string" ? [urls] : urls;
  if (all.length === 0) return undefined;
  return all.map((url) => `<${checkedUrl(url, `list.${field}`)}>`).join(", ");
}

function checkedUrl(text: string, field: string): string {
  // A line break inside would simply be taken out by the URL parser, and nobody would know.
  const url = typeof text === "string" && !/[\s\p{Cc}]/u.test(text) && URL.canParse(text) && new URL(text);
  if (!url || !SCHEMES.has(url.protocol))
    throw new InvalidMailError(`\`${field}\` must hold https:, http: or mailto: URLs, without white space.`);
  // The parser leaves some of these in mailto: URLs; in a header each would end the URL or begin the next (RFC 2369 2).
  const href = url.href.replace(/[<>,"\\]/g, encodeURIComponent);
  if (href.length > MAX_WORD)
    throw new InvalidMailError(`\`${field}\` holds a URL of more than ${MAX_WORD} characters.`);
  return href;
}
