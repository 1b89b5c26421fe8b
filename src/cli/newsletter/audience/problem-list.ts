import type { Terminal } from "../../command.ts";
import { printable } from "../../output.ts";

/** Of one kind of problem, and in all, so many rows are printed; all of them are counted. */
const SHOWN_ALIKE = 3;
const SHOWN_IN_ALL = 100;

/** Tells of bad rows by their lines, and of what is the same in thousands of them once. */
export class ProblemList {
  readonly #path: string;
  readonly #columns: string;
  readonly #err: Terminal["err"];
  readonly #counts = new Map<string, number>();
  #shown = 0;
  #rows = 0;
  /** Rows whose problem was not told apart from others. */
  #uncounted = 0;

  constructor(path: string, columns: string, { err }: Terminal) {
    this.#path = path;
    this.#columns = columns;
    this.#err = err;
  }

  /** How many rows are left out. */
  get rows(): number {
    return this.#rows;
  }

  add(line: number, problem: string): void {
    if (this.#rows === 0 && this.#columns !== "") this.#err.write(`${printable(this.#columns)}.\n`);
    this.#rows += 1;
    const known = this.#counts.get(problem) ?? 0;
    if (known === 0 && this.#counts.size >= SHOWN_IN_ALL) {
      this.#uncounted += 1;
      return;
    }
    this.#counts.set(problem, known + 1);
    if (known >= SHOWN_ALIKE || this.#shown >= SHOWN_IN_ALL) return;
    this.#shown += 1;
    this.#err.write(`${this.#path}:${line}: ${printable(problem)}\n`);
  }

  /** What was counted and not printed. */
  end(): void {
    for (const [problem, count] of this.#counts)
      if (count > SHOWN_ALIKE)
        this.#err.write(`The same in ${count - SHOWN_ALIKE} more rows: ${printable(problem)}\n`);
    if (this.#uncounted > 0) this.#err.write(`${this.#uncounted} more rows do not fit, for other reasons.\n`);
    if (this.#rows > 0)
      this.#err.write(`${this.#rows} ${this.#rows === 1 ? "row was" : "rows were"} left out.\n`);
  }
}
