import type { Database } from "../database.ts";
import type { Value } from "../driver.ts";
import { retryWhileBusy } from "../retry-while-busy.ts";

/** Statements on the tables of newsletters. Those with a promise wait for other processes' writes. */
export class Tables {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Within `atomically`. @returns how many rows changed */
  run(sql: string, values: readonly Value[]): number {
    return this.#database.prepare<Value[]>(sql).run(...values).changes;
  }

  /** Within `atomically`. */
  get<R>(sql: string, values: readonly Value[]): R | undefined {
    return this.#database.prepare<Value[], R>(sql).get(...values);
  }

  all<R>(sql: string, values: readonly Value[]): Promise<readonly R[]> {
    return retryWhileBusy(this.#database, () => this.#database.prepare<Value[], R>(sql).all(...values));
  }

  /** @returns how many rows changed */
  write(sql: string, values: readonly Value[]): Promise<number> {
    return retryWhileBusy(this.#database, () => this.run(sql, values));
  }

  atomically<T>(run: () => T): Promise<T> {
    const transaction = this.#database.transaction(run);
    return retryWhileBusy(this.#database, () => transaction.immediate());
  }
}
