import { createInterface } from "node:readline/promises";
import type { Terminal } from "./command.ts";

/** Asks a question that only "y" or "yes" agrees to. @returns undefined where there is nobody to ask */
export async function confirm(question: string, { in: input, err }: Terminal): Promise<boolean | undefined> {
  if (input?.isTTY !== true) return undefined;
  const asking = createInterface({ input, output: err });
  const closed = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  try {
    return /^y(es)?$/i.test((await Promise.race([asking.question(`${question} [y/N] `), closed])).trim());
  } finally {
    asking.close();
  }
}
