import { errorMessage } from "../../src/errors/error-message.ts";
import type { Measured } from "./contender.ts";

export type Results = ReadonlyMap<string, readonly (Measured | undefined)[]>;

/** All contenders, one after another, again and again: what disturbs the machine disturbs them all. */
export async function interleaved(
  names: readonly string[],
  rounds: number,
  run: (name: string) => Promise<Measured>,
): Promise<Results> {
  const results = new Map<string, (Measured | undefined)[]>(names.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++)
    for (const name of names) {
      const measured = await run(name).catch((error: unknown) => {
        process.stdout.write(`  round ${round}  ${name} did not finish: ${headOf(error)}\n`);
        return undefined;
      });
      // A round that failed keeps its place, so that the others are compared within their own.
      results.get(name)?.push(measured);
      if (measured)
        process.stdout.write(
          `  round ${round}  ${name.padEnd(20)} ${Math.round(rate(measured))}/s${commandsOf(measured)}\n`,
        );
    }
  return results;
}

export function rate({ ops, ms }: Measured): number {
  return (ops / ms) * 1000;
}

export function tripsPerJob({ ops, commands }: Measured): number {
  return Object.values(commands).reduce((sum, count) => sum + count, 0) / ops;
}

function commandsOf({ commands }: Measured): string {
  const entries = Object.entries(commands).sort(([, a], [, b]) => b - a);
  return entries.length === 0 ? "" : `  (${entries.map(([name, count]) => `${name} ${count}`).join(", ")})`;
}

function headOf(error: unknown): string {
  const text = errorMessage(error);
  return text.split("\n").slice(0, 6).join(" | ");
}
