import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../errors/error-message.ts";
import { StoreError } from "../errors/errors.ts";

/** @throws StoreError when the folder cannot be made */
export async function makeInbox(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StoreError(`The inbox folder ${folder} cannot be made; set DELAYED_MAILER_INBOX.`, {
      cause: error,
    });
  }
}

/**
 * Writes a mail's bytes as a file of its own, which only the owner can read.
 * @returns its path: names sort by time, and two processes never choose one
 * @throws StoreError
 */
export async function addToInbox(folder: string, mail: Uint8Array, now: Date): Promise<string> {
  const time = now.toISOString().replaceAll(":", "-");
  const path = join(folder, `${time}-${randomBytes(4).toString("hex")}.eml`);
  await makeInbox(folder);
  // Under another name first, so that nobody reads half a mail.
  const part = `${path}.part`;
  try {
    await writeFile(part, mail, { flag: "wx", mode: 0o600 });
    await rename(part, path);
    return path;
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw new StoreError(
      `The inbox folder ${folder} cannot be written: ${errorMessage(error)}. Mend that, or name another (DELAYED_MAILER_INBOX).`,
      {
        cause: error,
      },
    );
  }
}
