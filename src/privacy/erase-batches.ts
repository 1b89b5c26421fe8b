import type { BatchStore } from "../batches/batch-store.ts";
import type { Mentions } from "./mentions.ts";

/** A key without the address may be another's key already: its id is put behind it. @returns how many @throws StoreError */
export async function eraseBatches(
  mentions: Mentions,
  batches: Pick<BatchStore, "list" | "rename">,
): Promise<number> {
  let count = 0;
  for (const { id, key } of await batches.list(Number.MAX_SAFE_INTEGER)) {
    if (!mentions.isIn(key)) continue;
    if (await batches.rename(id, `${mentions.without(key)} ${id}`)) count += 1;
  }
  return count;
}
