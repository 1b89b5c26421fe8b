import { InvalidMailError } from "../errors/errors.ts";
import { MAX_WORD } from "./header-text.ts";
import { isStructured } from "./structured-headers.ts";
import { lineFault } from "./text-fault.ts";

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
      `The header ${shown} cannot be set by hand: it is made from the other parts of the mail. Leave it out.`,
    );
  if (typeof value !== "string") throw new InvalidMailError(`The header ${shown} must be a string.`);
  const fault = lineFault(value, { tabs: true });
  if (fault !== undefined) throw new InvalidMailError(`The header ${shown} holds ${fault}: leave that out.`);
  if (value.trim() === "") throw new InvalidMailError(`The header ${shown} is empty: leave it out.`);
  if (isStructured(name)) checkStructured(shown, value);
}

/** What cannot be encoded must go over the wire as it stands. */
function checkStructured(shown: string, value: string): void {
  if (!/^[ -~]*$/.test(value)) throw new InvalidMailError(`The header ${shown} must be plain ASCII.`);
  if (value.split(" ").some((word) => word.length > MAX_WORD))
    throw new InvalidMailError(
      `The header ${shown} holds a word of more than ${MAX_WORD} characters, which no line has room for: shorten it.`,
    );
}
