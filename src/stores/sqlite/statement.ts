import type { Driver, DriverStatement, Value } from "./driver.ts";

/** What is bound: values in their order, or by the names that stand in the SQL as `@name`. */
export type Values = readonly Value[] | Readonly<Record<string, Value>>;
type Bound<P extends Values> = P extends readonly Value[] ? P : [values: P];

const NAME = /@(\w+)/g;

/**
 * One statement, prepared once. Names are put in order here and not by the drivers, of which one refuses names that do not stand in the
 * SQL and takes twice as long by name as in order.
 */
export class Statement<P extends Values = readonly Value[], R = unknown> {
  readonly #statement: DriverStatement;
  readonly #names: readonly string[];

  constructor(driver: Driver, sql: string) {
    this.#names = [...sql.matchAll(NAME)].map(([, name = ""]) => name);
    this.#statement = driver.prepare(sql.replaceAll(NAME, "?"));
  }

  run(...values: Bound<P>): { readonly changes: number } {
    return { changes: Number(this.#statement.run(...this.#inOrder(values)).changes) };
  }

  get(...values: Bound<P>): R | undefined {
    return this.#statement.get(...this.#inOrder(values)) as R | undefined;
  }

  all(...values: Bound<P>): R[] {
    return this.#statement.all(...this.#inOrder(values)) as R[];
  }

  /** @throws TypeError when one is undefined, which one driver would store as null and the other refuses */
  #inOrder(values: Bound<P>): readonly Value[] {
    if (this.#names.length === 0) return (values as readonly Value[]).map(storable);
    const [byName] = values as [Readonly<Record<string, Value>>];
    return this.#names.map((name) => storable(byName[name]));
  }
}

/** SQLite's text ends at a NUL for some of its functions, and for Node 22 when it is read: another sign stands for it, in what is looked for too. */
function storable(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("A value that is bound to an SQL statement is undefined.");
  return typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\ufffd") : value;
}
