import { detectMimeType } from "nodemailer/lib/mime-funcs";
import type { AttachedFile } from "../mail/content.ts";
import { headerLine } from "../mail/header-text.ts";
import { EncodedContents } from "./encoded-contents.ts";

const contents = new EncodedContents();

/** May stand between quotes and is read the same by everybody. */
const PLAIN_NAME = /^[\w !#$&()+,.;=@[\]{}~^'`-]{1,60}$/;
const MAX_SEGMENT = 60;
/** RFC 5987 attr-char: what stands for itself in an encoded parameter. */
const PLAIN_IN_PARAMETER = /^[\w!#$&+.^`|~-]$/;

/**
 * A file as a part of a mail, in base64. Nodemailer would write the name a second time, as encoded words between quotes, where they
 * may not be (RFC 2047 5).
 */
export function attachmentPart(file: AttachedFile): Buffer {
  const { filename, cid, content } = file;
  const contentType = withCharset(contentTypeOf(file), file.charset);
  // A mail in a mail must not be encoded (RFC 2046 5.2.1), and as it is it may not fit the wire: it goes as a file.
  const type = /^message\//i.test(contentType) ? "application/octet-stream" : contentType;
  const disposition = cid === undefined ? "attachment;" : "inline;";
  const head = [
    headerLine("Content-Type", type.split(" ")),
    headerLine("Content-Transfer-Encoding", ["base64"]),
    headerLine("Content-Disposition", [disposition, ...filenamePieces(filename)]),
    cid === undefined ? "" : headerLine("Content-ID", [`<${cid}>`]),
  ].join("");
  return Buffer.concat([Buffer.from(`${head}\r\n`), contents.of(content)]);
}

/** What the file says it is, else what the ending of its name says. */
export function contentTypeOf({ filename, contentType }: AttachedFile): string {
  return contentType ?? detectMimeType(filename);
}

/** Without one a text is US-ASCII (RFC 2046 4.1.2), and programs guess. */
function withCharset(contentType: string, charset: string | undefined): string {
  const needsIt = charset !== undefined && /^text\//i.test(contentType) && !/;\s*charset=/i.test(contentType);
  return needsIt ? `${contentType}; charset=${charset}` : contentType;
}

/** The parameter, in segments where it is long (RFC 2231). */
function filenamePieces(filename: string): readonly string[] {
  if (PLAIN_NAME.test(filename) && !filename.includes("=?")) return [`filename="${filename}"`];
  const segments = [""];
  for (const character of filename) {
    const encoded = encodedCharacter(character);
    const last = segments.at(-1) ?? "";
    if (last.length + encoded.length > MAX_SEGMENT) segments.push(encoded);
    else segments[segments.length - 1] = last + encoded;
  }
  if (segments.length === 1) return [`filename*=utf-8''${segments[0]}`];
  return segments.map((segment, index) => {
    const value = index === 0 ? `utf-8''${segment}` : segment;
    return `filename*${index}*=${value}${index === segments.length - 1 ? "" : ";"}`;
  });
}

function encodedCharacter(character: string): string {
  if (PLAIN_IN_PARAMETER.test(character)) return character;
  return Array.from(
    Buffer.from(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}
