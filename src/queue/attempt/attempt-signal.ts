import { RunTimeError } from "../../errors/errors.ts";

/**
 * Tells an attempt that it is over. A process that was stopped, or blocked its event loop, hears of a signal only after its own code
 * has run on; `isLive` asks the clocks at once.
 */
export class AttemptSignal {
  readonly #controller = new AbortController();
  readonly #checks: (() => void)[] = [];

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was aborted, if it was. */
  get reason(): unknown {
    return this.#controller.signal.reason;
  }

  /** The first reason stays. */
  abort(reason: string): void {
    this.#controller.abort(reason);
  }

  /** @param check run whenever somebody asks whether the attempt is live; aborts it when it is not */
  addCheck(check: () => void): void {
    this.#checks.push(check);
  }

  /** Whether the attempt may go on. The clocks are read at each call. */
  readonly isLive = (): boolean => {
    for (const check of this.#checks) if (!this.signal.aborted) check();
    return !this.signal.aborted;
  };
}

/** The reason of the signal when time is up. */
export const TIME_UP = "the time limit is reached";

export interface Limited<T> {
  /** Rejects at the deadline, even when the work goes on after it. @throws RunTimeError */
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
