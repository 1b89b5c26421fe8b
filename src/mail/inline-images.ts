import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import type { Attachment, FileAttachment } from "./content.ts";

/** What mail programs show. Nothing else in the templates folder can be sent by its path. */
const IMAGE_TYPES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".bmp": "image/bmp",
  ".svg": "image/svg+xml",
};

type Image = FileAttachment & Required<Pick<FileAttachment, "filename" | "contentType" | "cid">>;

/** The images that the templates of one mail ask for with `{{cid ...}}`. */
export class InlineImages {
  readonly #given: ReadonlySet<string>;
  readonly #files = new Map<string, Image>();

  /** @param attachments what the action gave: those with a `cid` can be shown by it */
  constructor(attachments: readonly Attachment[]) {
    this.#given = new Set(attachments.flatMap(({ cid }) => cid ?? []));
  }

  /** Each once, however often it is shown. */
  get files(): readonly Image[] {
    return [...this.#files.values()];
  }

  /**
   * The URL (RFC 2392) of an attachment by its cid, or of an image by its path.
   * @throws Error
   */
  url(reference: string): string {
    if (this.#given.has(reference)) return `cid:${reference}`;
    const image = this.#files.get(reference) ?? imageAt(reference);
    this.#files.set(reference, image);
    return `cid:${image.cid}`;
  }
}

function imageAt(path: string): Image {
  const ending = extname(path).toLowerCase();
  const contentType = Object.hasOwn(IMAGE_TYPES, ending) ? IMAGE_TYPES[ending] : undefined;
  if (contentType === undefined)
    throw new Error(
      `no attachment has the cid ${JSON.stringify(path)}, and it is not the path of an image (${Object.keys(IMAGE_TYPES).join(", ")})`,
    );
  const cid = `${createHash("sha256").update(path).digest("hex").slice(0, 16)}@image`;
  return { path, filename: basename(path), contentType, cid };
}
