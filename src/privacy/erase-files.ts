import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../errors/error-message.ts";
import { StoreError } from "../errors/errors.ts";
import { decodeText } from "../mail/quoted-printable.ts";
import type { Mentions } from "./mentions.ts";

/**
 * Removes the mails of an inbox folder whose headers or texts say the address; attachments are not looked into.
 * @returns how many files
 * @throws StoreError when the folder is there and cannot be read, or a file not removed
 */
export async function eraseFiles(mentions: Mentions, folder: string): Promise<number> {
  try {
    let count = 0;
    for (const name of await mailsIn(folder)) {
      const path = join(folder, name);
      const mail = await readFile(path, "utf8").catch(undefinedIfGone);
      if (mail === undefined || !(mentions.isIn(mail) || mentions.isIn(decodeText(mail)))) continue;
      await rm(path, { force: true });
      count += 1;
    }
    return count;
  } catch (error) {
    throw new StoreError(
      `Mails in the inbox folder ${folder} cannot be erased: ${errorMessage(error)}. Mend that, and erase the address again.`,
      { cause: error },
    );
  }
}

async function mailsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(undefinedIfGone);
  return (names ?? []).filter((name) => /\.eml(\.part)?$/.test(name)).sort();
}

function undefinedIfGone(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
