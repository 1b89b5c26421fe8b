import type { mongo } from "mongoose";
import { DuplicateKeyError } from "../../../errors/errors.ts";
import { isDuplicateKey } from "../connection.ts";
import type { JobDocument } from "./job-document.ts";

/** Runs a write that takes this unique key. @throws DuplicateKeyError when another job has it */
export async function takingKey<T>(
  jobs: mongo.Collection<JobDocument>,
  uniqueKey: string | undefined,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const holder = isDuplicateKey(error) && (await jobs.findOne({ liveKey: uniqueKey ?? "" }));
    if (uniqueKey && holder) throw new DuplicateKeyError(uniqueKey, holder._id.toHexString());
    throw error;
  }
}
