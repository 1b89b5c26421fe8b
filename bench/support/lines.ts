import { createInterface } from "node:readline";

/** What stands before a line of a benchmark's child, so that a library may print what it likes. */
export const MARK = "@bench ";

export interface Line {
  readonly do?: unknown;
  readonly [key: string]: unknown;
}

/**
 * Says that this process is ready, then answers one line of JSON after another until its standard input ends.
 * @param answer may say more before it answers
 */
export function answerLines(answer: (line: Line, say: (event: object) => void) => Promise<unknown>): void {
  const say = (event: object) => process.stdout.write(`${MARK}${JSON.stringify(event)}\n`);
  let answering = Promise.resolve();
  createInterface({ input: process.stdin })
    .on("line", (text) => {
      answering = answering
        .then(async () => {
          say({ answer: (await answer(JSON.parse(text) as Line, say)) ?? null });
        })
        .catch(fail);
    })
    .on("close", () => process.exit(0));
  say({ answer: "ready" });
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
}
