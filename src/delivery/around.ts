import { InvalidOptionsError } from "../errors/errors.ts";

type Next = () => Promise<void>;

export type Around<C> = (context: C, next: Next) => void | Promise<void>;

export interface Surrounded<T> {
  /** The result of the work, as soon as the work has ended. Rejects with the error that kept the work from beginning. */
  readonly result: Promise<T>;
  /** Resolves when all callbacks around the work have ended, if there are any. Rejects with the error of a callback, or of the work. */
  readonly ended?: Promise<void>;
}

/**
 * Runs work with callbacks around it, the first one outermost. A callback can keep the work from beginning, by throwing; it can neither
 * swallow its error nor undo what it gave.
 */
export function surround<C, T>(
  arounds: readonly Around<C>[],
  context: C,
  work: () => Promise<T>,
): Surrounded<T> {
  if (arounds.length === 0) return { result: work() };
  let resolve: (begun: Promise<T>) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const result = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  const innermost = async () => {
    const begun = work();
    resolve(begun);
    await begun;
  };
  const chain = arounds.reduceRight<Next>((next, around) => () => step(around, context, next), innermost);
  const ended = chain();
  // Does nothing once the work has begun: the result is the work's by then.
  ended.catch(reject);
  return { result, ended };
}

async function step<C>(around: Around<C>, context: C, next: Next): Promise<void> {
  let inner: Promise<void> | undefined;
  const once = () => {
    inner ??= next();
    return inner;
  };
  const [outside] = await Promise.allSettled([(async () => around(context, once))()]);
  // Also where the callback did not wait for `next()`: nothing is decided before the work inside has ended.
  const [inside] = await Promise.allSettled([inner]);
  if (inside.status === "rejected") throw inside.reason;
  if (outside.status === "rejected") throw outside.reason;
  if (inner === undefined) throw new InvalidOptionsError("mail callbacks", [SKIPPED]);
}

const SKIPPED = "an around callback ended without calling next(); throw StopMail to stop a mail";
