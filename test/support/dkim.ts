import { createHash, createVerify, type KeyObject } from "node:crypto";

export interface DkimVerdict {
  readonly tags: Readonly<Record<string, string>>;
  /** The names in `h=`, in lower case. */
  readonly signed: readonly string[];
  readonly bodyMatches: boolean;
  readonly signatureMatches: boolean;
}

/** Verifies a mail's first DKIM-Signature from RFC 6376 alone: relaxed/relaxed, rsa-sha256. */
export function verifyDkim(raw: Buffer, publicKey: KeyObject): DkimVerdict {
  // Latin-1 keeps each byte a character.
  const text = raw.toString("latin1");
  const end = text.indexOf("\r\n\r\n");
  const fields = text.slice(0, end).split(/\r\n(?![ \t])/);
  const own = fields.find((field) => /^dkim-signature:/i.test(field)) ?? "";
  const tags = tagsOf(own);
  const signed = (tags.h ?? "").toLowerCase().split(":");
  const lines = [...chosen(fields, signed), relaxedField(own.replace(/(;\s*b=)[^;]*/, "$1"))];
  const verifier = createVerify("RSA-SHA256").update(lines.join("\r\n"), "latin1");
  const body = createHash("sha256").update(relaxedBody(text.slice(end + 4)), "latin1");
  return {
    tags,
    signed,
    bodyMatches: body.digest("base64") === tags.bh,
    signatureMatches: verifier.verify(publicKey, tags.b ?? "", "base64"),
  };
}

function tagsOf(field: string): Record<string, string> {
  const list = field.slice(field.indexOf(":") + 1).split(";");
  const pairs = list.map((tag) => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)]);
  return Object.fromEntries(pairs.map((pair) => pair.map((part) => part.replace(/\s/g, ""))));
}

/** RFC 6376 5.4.2: of several headers with one name, from the last upwards. */
function chosen(fields: readonly string[], names: readonly string[]): readonly string[] {
  const left = [...fields];
  return names.flatMap((name) => {
    const at = left.findLastIndex((field) => field.slice(0, field.indexOf(":")).toLowerCase() === name);
    return at < 0 ? [] : left.splice(at, 1).map(relaxedField);
  });
}

function relaxedField(field: string): string {
  const at = field.indexOf(":");
  const value = field
    .slice(at + 1)
    .replace(/\r\n/g, "")
    .replace(/[ \t]+/g, " ");
  return `${field.slice(0, at).toLowerCase()}:${value.replace(/^ | $/g, "")}`;
}

function relaxedBody(body: string): string {
  const lines = body.split("\r\n").map((line) => line.replace(/[ \t]+/g, " ").replace(/ $/, ""));
  const whole = lines.join("\r\n").replace(/(\r\n)*$/, "");
  return whole === "" ? "" : `${whole}\r\n`;
}
