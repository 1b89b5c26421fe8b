import { InvalidMailError } from "../errors/errors.ts";

/** RFC 5322 msg-id, without the obsolete forms; far below the 998 octets of a line. */
const MESSAGE_ID = /^<?([!#$%&'*+\-/=?^`{|}~.\w]+@[!#$%&'*+\-/=?^`{|}~.\w[\]:]+)>?$/;
const MAX_LENGTH = 500;

/** A Message-ID between its angle brackets. @throws InvalidMailError */
export function messageId(value: string, field: string): string {
  const [, id] = (typeof value === "string" && MESSAGE_ID.exec(value.trim())) || [];
  if (id !== undefined && id.length <= MAX_LENGTH) return `<${id}>`;
  throw new InvalidMailError(`\`${field}\` is not a Message-ID such as "<7@example.com>".`);
}

/** In-Reply-To and References (RFC 5322 3.6.4). @throws InvalidMailError */
export function threadHeaders({
  inReplyTo,
  references,
}: {
  readonly inReplyTo?: string | undefined;
  readonly references?: readonly string[] | undefined;
}): Readonly<Record<string, string>> {
  const answered = inReplyTo === undefined ? undefined : messageId(inReplyTo, "inReplyTo");
  const thread = references?.map((id, index) => messageId(id, `references[${index}]`));
  const whole = thread ?? (answered === undefined ? [] : [answered]);
  return {
    ...(answered !== undefined && { "In-Reply-To": answered }),
    ...(whole.length > 0 && { References: whole.join(" ") }),
  };
}
