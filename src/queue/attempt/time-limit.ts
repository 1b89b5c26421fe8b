import { RunTimeError } from "../../errors/errors.ts";
import type { AttemptSignal } from "./attempt-signal.ts";

/** The reason of the signal when time is up. */
export const TIME_UP = "the time limit is reached";

export interface Limited<T> {
  /** Rejects when time is up, whatever the work does then. @throws RunTimeError */
  readonly result: Promise<T>;
  /** Resolves when the work itself has ended. */
  readonly ended: Promise<void>;
}

/**
 * Runs work that may take so long; when time is up it is aborted, and what it gives or throws later is nobody's. Work that ended well
 * has ended well, also where it kept the event loop from saying that time is up.
 * @param limit in ms
 */
export function withinTime<T>(limit: number, attempt: AttemptSignal, work: () => Promise<T>): Limited<T> {
  const end = performance.now() + limit;
  attempt.addCheck(() => {
    if (performance.now() >= end) attempt.abort(TIME_UP);
  });
  const working = work();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      attempt.abort(TIME_UP);
      reject(new RunTimeError(limit));
    }, limit);
  });
  const failing = working.catch((error: unknown) => {
    throw attempt.reason === TIME_UP ? new RunTimeError(limit, { cause: error }) : error;
  });
  const result = Promise.race([failing, timeUp]).finally(() => clearTimeout(timer));
  const ended = working.then(
    () => undefined,
    () => undefined,
  );
  return { result, ended };
}
