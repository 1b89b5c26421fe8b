import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "../src/index.ts";

const AGAIN_AFTER_MS = 100;

/** The parent asks the store again and again: it is being broken on purpose. */
export async function persistently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      await sleep(AGAIN_AFTER_MS);
    }
  }
}
