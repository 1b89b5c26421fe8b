import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { AttachmentError } from "../errors/errors.ts";

/** What will be the same at every attempt; anything else (too many open files, a failing disk) may pass. */
const LASTING: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  EACCES: "this process may not read it",
  EPERM: "this process may not read it",
  EISDIR: "it is a folder",
  ELOOP: "its links lead nowhere",
  ENAMETOOLONG: "its name is too long",
  // A socket or a device that nobody serves.
  ENXIO: "it is not a file",
};

/**
 * The folders that files of mails may come from. Paths often hold what came from outside, so nothing else is read whatever a path
 * says: neither through `..` nor through a link that leads out.
 */
export class AttachmentFolders {
  readonly #folders: readonly string[];

  /** @param folders in the order in which relative paths are looked for */
  constructor(folders: readonly string[]) {
    this.#folders = folders.map((folder) => resolve(folder));
  }

  /**
   * @param path below one of the folders, or absolute and inside one
   * @param room how large the file may be, in bytes
   * @throws AttachmentError when there is no such file there, or it is larger
   */
  async read(path: string, room: number): Promise<Buffer> {
    const named = `The attachment ${JSON.stringify(path)}`;
    if (typeof path !== "string" || path === "" || path.includes("\0") || /^[a-z][a-z\d+.-]+:/i.test(path))
      throw new AttachmentError(`${named} is not the path of a file: name one.`);
    try {
      const real = await this.#locate(path, named);
      return await readFile(real, room, named);
    } catch (error) {
      throw lasting(error, named, this.#listed);
    }
  }

  async #locate(path: string, named: string): Promise<string> {
    const inside = this.#folders.filter((folder) => contains(folder, resolve(folder, path)));
    if (inside.length === 0) throw this.#outside(named);
    let missing: unknown;
    for (const folder of inside) {
      try {
        const real = await realpath(resolve(folder, path));
        if (!contains(await realpath(folder), real)) throw this.#outside(named);
        return real;
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
        missing ??= error;
      }
    }
    throw missing;
  }

  #outside(named: string): AttachmentError {
    return new AttachmentError(
      `${named} is outside the folders that attachments may come from (${this.#listed}); see attachmentFolders.`,
    );
  }

  get #listed(): string {
    return this.#folders.join(", ") || "none";
  }
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Neither follows a link that was put there since, nor waits at a pipe. */
async function readFile(real: string, room: number, named: string): Promise<Buffer> {
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await checkedStat(handle, named);
    if (size > room) throw tooLarge(named, room);
    const content = await handle.readFile();
    if (content.length > room) throw tooLarge(named, room);
    // A folder of the path may have become a link in between.
    if ((await realpath(real)) !== real)
      throw new AttachmentError(
        `${named} was moved while it was read: leave files in their place until their mails are sent.`,
      );
    return content;
  } finally {
    await handle.close();
  }
}

async function checkedStat(handle: FileHandle, named: string): Promise<{ readonly size: number }> {
  const stat = await handle.stat();
  if (stat.isFile()) return stat;
  throw new AttachmentError(`${named} cannot be read: it is not a file. Name one.`);
}

/** @param room what is left for this file, in bytes */
export function tooLarge(named: string, room: number): AttachmentError {
  return new AttachmentError(
    `${named} is larger than the ${room} bytes that are left for it (maxAttachmentBytes): send a link instead.`,
  );
}

function lasting(error: unknown, named: string, folders: string): unknown {
  const code = codeOf(error);
  if (code === undefined || !Object.hasOwn(LASTING, code)) return error;
  return new AttachmentError(
    `${named} cannot be read: ${LASTING[code]}, in ${folders} (${code}). Put it there, or name its folder in attachmentFolders.`,
    {
      cause: error,
    },
  );
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof AttachmentError || !(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
