import type { AttachedFile } from "../../mail/content.ts";
import { type AsymmetricMatcher, isStandIn } from "./asymmetric-matcher.ts";
import { differences } from "./differences.ts";
import { differencesOfText, type ExpectedText } from "./expected-text.ts";
import { show } from "./show.ts";

interface ExpectedFile {
  readonly filename?: ExpectedText;
  readonly contentType?: ExpectedText;
  readonly cid?: ExpectedText;
  /** Its bytes, or what they say as UTF-8. */
  readonly content?: ExpectedText | Uint8Array;
}

/** The name of a file, or more about it. */
export type ExpectedAttachment = ExpectedText | ExpectedFile;

export type ExpectedAttachments = ExpectedAttachment | readonly ExpectedAttachment[];

/** How the files of a mail differ among which these are to be. */
export function differencesOfAttachments(
  expected: ExpectedAttachments,
  actual: readonly AttachedFile[],
): readonly string[] {
  const wanted = isList(expected) ? expected : [expected];
  return wanted.flatMap((attachment) => {
    const { filename, ...rest } = isText(attachment) ? { filename: attachment } : attachment;
    const named = actual.filter((file) => differencesOfField(filename, file.filename, "").length === 0);
    const all = named.map((file) => differencesOfFile(rest, file));
    if (all.some((each) => each.length === 0)) return [];
    return all[0] ?? [`attachments: ${show(attachment)} is missing; ${there(actual)}`];
  });
}

function differencesOfFile(
  { contentType, cid, content }: ExpectedFile,
  file: AttachedFile,
): readonly string[] {
  const path = `attachment ${show(file.filename)}`;
  return [
    ...differencesOfField(contentType, file.contentType, `${path}: contentType`),
    ...differencesOfField(cid, file.cid, `${path}: cid`),
    ...(content === undefined ? [] : differencesOfBytes(content, file.content, `${path}: content`)),
  ];
}

function differencesOfField(expected: ExpectedText | undefined, actual: string | undefined, path: string) {
  return expected === undefined ? [] : differencesOfText(expected, actual, path);
}

function differencesOfBytes(
  expected: ExpectedText | Uint8Array,
  actual: Uint8Array,
  path: string,
): readonly string[] {
  if (expected instanceof Uint8Array) return differences(expected, actual, path);
  return differencesOfText(expected, Buffer.from(actual).toString("utf8"), path);
}

function there(files: readonly AttachedFile[]): string {
  if (files.length === 0) return "there is no file";
  return `there is ${files.map(({ filename }) => show(filename)).join(", ")}`;
}

function isText(expected: ExpectedAttachment): expected is string | RegExp | AsymmetricMatcher {
  return typeof expected === "string" || expected instanceof RegExp || isStandIn(expected);
}

function isList(expected: ExpectedAttachments): expected is readonly ExpectedAttachment[] {
  return Array.isArray(expected);
}
