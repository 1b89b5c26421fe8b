import { InvalidArgumentsError } from "../../../errors/errors.ts";

type Row = Readonly<Record<string, unknown>>;

/** Names that the action asks for and that columns have in other letters: `Email` or `E-Mail` for `email`. */
export class ColumnNames {
  /** What a column is called, by how the file calls it. */
  #names: ReadonlyMap<string, string> | undefined;

  /** The row under the names that the action asks for. */
  rename(row: Row): Row {
    if (this.#names === undefined || this.#names.size === 0) return row;
    return Object.fromEntries(
      Object.entries(row).map(([name, value]) => [this.#names?.get(name) ?? name, value]),
    );
  }

  /** Learns from the first row that does not fit. @returns whether there is something to try */
  learn(row: Row, error: unknown): boolean {
    if (this.#names !== undefined || !(error instanceof InvalidArgumentsError)) return false;
    const wanted = error.problems.flatMap((problem) => /^args\[0\]\.([^.[:]+)/.exec(problem)?.[1] ?? []);
    const pairs = wanted.flatMap((name) => {
      const column = Object.keys(row).find((each) => each !== name && folded(each) === folded(name));
      return column === undefined || name in row ? [] : [[column, name] as const];
    });
    this.#names = new Map(pairs);
    return pairs.length > 0;
  }

  /** For people. */
  get told(): string {
    return [...(this.#names ?? [])].map(([column, name]) => `${column} is taken for ${name}`).join(", ");
  }
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, "");
}
