import { AttachmentError } from "../errors/errors.ts";
import type { AttachedFile } from "./content.ts";
import { lineFault } from "./field-faults.ts";

export type Label = Omit<AttachedFile, "content" | "charset">;

/** What file systems take. */
const MAX_FILENAME = 255;
/** RFC 2045 5.1; an attachment is one part. */
const CONTENT_TYPE =
  /^(?!multipart\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+(; ?[\w-]+=("[\w !#$&'()+,./:=?@^`{|}~-]*"|[\w.+-]+))*$/i;
const MAX_CONTENT_TYPE = 200;
const CID = /^[\w.+-]+(@[\w.-]+)?$/;
const MAX_CID = 200;

/**
 * What a mail's headers say of a file, checked.
 * @throws AttachmentError
 */
export function checkedLabel({ filename, contentType, cid }: Partial<Label>, field: string): Label {
  if (typeof filename !== "string" || filename.trim() === "")
    throw new AttachmentError(`\`${field}\` needs a filename, such as "invoice.pdf".`);
  const fault = lineFault(filename);
  if (fault !== undefined) throw new AttachmentError(`The filename of \`${field}\` holds ${fault}.`);
  if (Buffer.byteLength(filename) > MAX_FILENAME)
    throw new AttachmentError(`The filename of \`${field}\` is longer than ${MAX_FILENAME} octets.`);
  if (contentType !== undefined && (!CONTENT_TYPE.test(contentType) || contentType.length > MAX_CONTENT_TYPE))
    throw new AttachmentError(`The contentType of \`${field}\` is none, such as "application/pdf".`);
  if (cid !== undefined && (!CID.test(cid) || cid.length > MAX_CID))
    throw new AttachmentError(
      `The cid of \`${field}\` must be letters, digits, "-", "_", "." and at most one "@".`,
    );
  return {
    filename: filename.trim(),
    ...(contentType !== undefined && { contentType }),
    ...(cid !== undefined && { cid }),
  };
}

/** Files that a callback gave, checked as an action's are. @throws AttachmentError */
export function checkedFiles(files: readonly AttachedFile[]): readonly AttachedFile[] {
  return files.map((file, index) => {
    const field = `attachments[${index}]`;
    if (!(file.content instanceof Uint8Array))
      throw new AttachmentError(`The content of \`${field}\` must be bytes (Uint8Array or Buffer) by now.`);
    const { content, charset } = file;
    return { ...checkedLabel(file, field), content, ...(charset === "utf-8" && { charset }) };
  });
}
