import { createHash } from "node:crypto";
import { basename, extname } from "node:path";
import type { Readable } from "node:stream";
import { AttachmentError } from "../errors/errors.ts";
import { AttachmentFolders, tooLarge } from "./attachment-folders.ts";
import { checkedLabel } from "./attachment-label.ts";
import type { AttachedFile, Attachment, ContentAttachment, FileAttachment } from "./content.ts";
import { unknownKey } from "./field-faults.ts";

export interface AttachmentsOptions {
  /** Where attachments may come from. @default none */
  readonly folders?: readonly string[] | undefined;
  /** Where images of templates may come from, before `folders`. */
  readonly templates: string;
  /** How large the files of one mail may be together, in bytes. @default 18 MiB, which is 25 MB on the wire */
  readonly maxBytes?: number | undefined;
}

type Content = Exclude<ContentAttachment["content"], (...args: never[]) => unknown>;

const DEFAULT_MAX_BYTES = 18 * 1024 * 1024;

/** Fetches the files of mails, so that a finished mail needs nothing that is elsewhere. */
export class Attachments {
  readonly #folders: AttachmentFolders;
  readonly #imageFolders: AttachmentFolders;
  readonly #maxBytes: number;
  /** Streams are empty after the first time. */
  readonly #streams = new WeakSet<object>();

  constructor({ folders = [], templates, maxBytes = DEFAULT_MAX_BYTES }: AttachmentsOptions) {
    this.#folders = new AttachmentFolders(folders);
    this.#imageFolders = new AttachmentFolders([templates, ...folders]);
    this.#maxBytes = maxBytes;
  }

  /**
   * The files an action gave, and the images its templates show.
   * @throws AttachmentError, and what reading streams throws
   */
  async load(given: readonly Attachment[], images: InlineImages): Promise<readonly AttachedFile[]> {
    const files: AttachedFile[] = [];
    let room = this.#maxBytes;
    const add = (file: AttachedFile) => {
      room -= file.content.length;
      files.push(file);
    };
    // One after the other: only so is it known how much the next may hold.
    for (const [index, attachment] of given.entries())
      add(await this.#file(attachment, `attachments[${index}]`, room));
    for (const { path, ...label } of images.files)
      add({ ...label, content: await this.#imageFolders.read(path, room) });
    refuseTwoOfOneCid(files);
    return files;
  }

  async #file(attachment: Attachment, field: string, room: number): Promise<AttachedFile> {
    const { path, content } = attachment;
    if ((path === undefined) === (content === undefined))
      throw new AttachmentError(`\`${field}\` needs a path or content, and not both.`);
    const { filename = nameOf(path) } = attachment;
    const label = checkedLabel({ ...attachment, ...(filename !== undefined && { filename }) }, field);
    if (path !== undefined) return { ...label, content: await this.#folders.read(path, room) };
    const given = await asked(content);
    const bytes = await this.#bytes(given, field, room);
    if (bytes.length > room) throw tooLarge(`\`${field}\``, room);
    return { ...label, content: bytes, ...(typeof given === "string" && { charset: "utf-8" as const }) };
  }

  async #bytes(content: Content | undefined, field: string, room: number): Promise<Uint8Array> {
    if (typeof content === "string") return Buffer.from(content);
    if (content instanceof Uint8Array) return content;
    if (!isStream(content))
      throw new AttachmentError(`The content of \`${field}\` is not text, bytes or a stream of these.`);
    if (this.#streams.has(content) || wasRead(content))
      throw new AttachmentError(
        `The stream of \`${field}\` was read before: give a function that opens it, \`content: () => open()\`.`,
      );
    this.#streams.add(content);
    return collect(content, () => tooLarge(`\`${field}\``, room), room);
  }
}

/** What an action gave, in its rough shape. @throws AttachmentError */
export function listed(attachments: readonly Attachment[] = []): readonly Attachment[] {
  const isList = Array.isArray(attachments) && attachments.every((each) => typeof each === "object" && each);
  if (isList) {
    for (const [index, attachment] of attachments.entries()) refuseUnknownParts(attachment, index);
    return attachments;
  }
  throw new AttachmentError("`attachments` must be a list of { path } or { filename, content } objects.");
}

const PARTS = ["path", "content", "filename", "contentType", "cid"];

/** From nodemailer. */
const ELSEWHERE = {
  encoding: '`content` with the bytes themselves, such as Buffer.from(text, "base64")',
  href: "`content`, a function that fetches it",
  contentdisposition: "`cid`, which shows the file inside the mail; without one it is attached",
};

function refuseUnknownParts(attachment: Attachment, index: number): void {
  const problem = unknownKey(attachment, { names: PARTS, of: "an attachment", elsewhere: ELSEWHERE });
  if (problem !== undefined) throw new AttachmentError(`\`attachments[${index}]\`: ${problem}`);
}

function nameOf(path: string | undefined): string | undefined {
  return typeof path === "string" ? basename(path) : undefined;
}

async function asked(content: ContentAttachment["content"] | undefined): Promise<Content | undefined> {
  return typeof content === "function" ? content() : content;
}

/** Leaving the loop closes the stream, so that an endless one ends here. */
async function collect(
  stream: AsyncIterable<unknown>,
  error: () => AttachmentError,
  room: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) throw new AttachmentError("A stream of objects cannot be attached.");
    size += bytes.length;
    if (size > room) throw error();
    chunks.push(Buffer.from(bytes));
  }
  return Buffer.concat(chunks);
}

function refuseTwoOfOneCid(files: readonly AttachedFile[]): void {
  const cids = files.flatMap(({ cid }) => cid ?? []);
  const twice = cids.find((cid, index) => cids.indexOf(cid) !== index);
  if (twice !== undefined)
    throw new AttachmentError(
      `Two attachments have the cid "${twice}". Give each a cid of its own, or attach the image once.`,
    );
}

const heard = () => undefined;

/**
 * A stream that breaks before anybody reads it would end the process, because nobody listens to its error. From now on the error waits
 * until the stream is read.
 */
export function keepStreamErrors(attachments: readonly Attachment[] | undefined): void {
  if (!Array.isArray(attachments)) return;
  for (const { content } of attachments.filter((attachment) => typeof attachment === "object" && attachment))
    if (isNodeStream(content) && !content.listeners("error").includes(heard)) content.on("error", heard);
}

export function isStream(content: unknown): content is AsyncIterable<unknown> {
  return typeof content === "object" && content !== null && Symbol.asyncIterator in content;
}

/** Whether somebody has begun to read it. */
export function wasRead(stream: object): boolean {
  return isNodeStream(stream) && (stream.readableDidRead || (stream.destroyed && !stream.errored));
}

function isNodeStream(content: unknown): content is Readable {
  return isStream(content) && "readableDidRead" in content && "on" in content;
}

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
