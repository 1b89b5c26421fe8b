import { createInterface } from "node:readline/promises";
import { type Terminal, UsageError } from "./command.ts";

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

export interface DangerousAct {
  /** As it is typed, such as `jobs clear`. */
  readonly command: string;
  /** Says what is lost, and ends with a question mark. */
  readonly question: string;
  /** Whether the command line agreed beforehand. @default false */
  readonly yes?: boolean | undefined;
}

/** Asks before what cannot be undone. @throws UsageError where there is nobody to ask, and --yes was not said */
export async function isAgreed(
  { command, question, yes = false }: DangerousAct,
  terminal: Terminal,
): Promise<boolean> {
  if (yes) return true;
  const answer = await confirm(question, terminal);
  if (answer === undefined)
    throw new UsageError(
      `${question} It cannot be undone, and there is nobody to ask here, so nothing was done. If it is to be, add --yes to ${command}.`,
    );
  if (!answer) terminal.err.write("Nothing was done.\n");
  return answer;
}
