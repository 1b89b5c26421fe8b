import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { Database } from "./database.ts";
import { isBusy, storeError } from "./sqlite-error.ts";

/** The longest wait between two looks. It varies at random, so that waiting processes do not all look at once. */
const LOOK_AGAIN_MS = 4;

/** The last in the line of those who wait for a file. Only the first of the line looks whether the file is free. */
const lines = new WeakMap<Database, Promise<unknown>>();

/**
 * Runs a statement or transaction. While another process writes, it is tried again every few ms, for `busyTimeout`, and this process goes
 * on with other things; SQLite's own waiting would stop it, and asks so rarely that one who writes all the time is never caught between two writes.
 * @throws StoreError | StoreGoneError
 */
export async function retryWhileBusy<T>(database: Database, run: () => T): Promise<T> {
  const end = performance.now() + database.busyTimeout;
  database.checkFile();
  try {
    return run();
  } catch (error) {
    if (!isBusy(error)) throw storeError(error);
  }
  const mine = untilFree(run, end, lines.get(database));
  lines.set(
    database,
    mine.catch(() => undefined),
  );
  return mine;
}

/** @param ahead who stands before it in the line; a turn of the event loop passes between two, so that a long line keeps nobody waiting */
async function untilFree<T>(run: () => T, end: number, ahead: Promise<unknown> | undefined): Promise<T> {
  await ahead;
  await nextTurn();
  for (;;) {
    try {
      return run();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw storeError(error);
    }
    await sleep(1 + LOOK_AGAIN_MS * Math.random());
  }
}
