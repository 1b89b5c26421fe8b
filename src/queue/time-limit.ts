import { RunTimeError } from "../errors.ts";

/** The reason of the signal when time is up. */
export const TIME_UP = "the time limit is reached";

export interface Limited<T> {
  /** Rejects when time is up, whatever the work does then. @throws RunTimeError */
  readonly result: Promise<T>;
  /** Resolves when the work itself has ended. */
  readonly ended: Promise<void>;
}

/**
 * Runs work that may take so long; when time is up it is aborted, and what it gives or throws later is nobody's.
 * @param limit in ms
 */
export function withinTime<T>(
  limit: number,
  controller: AbortController,
  work: () => Promise<T>,
): Limited<T> {
  const working = work();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort(TIME_UP);
      reject(new RunTimeError(limit));
    }, limit);
  });
  const result = Promise.race([working, timeUp]).finally(() => clearTimeout(timer));
  const ended = working.then(
    () => undefined,
    () => undefined,
  );
  return { result, ended };
}
