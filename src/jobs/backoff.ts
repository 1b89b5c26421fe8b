import { InvalidOptionsError } from "../errors/errors.ts";
import type { Duration } from "./delay-options.ts";
import { durationMs } from "./delay-options.ts";

export interface BackoffOptions {
  /** Share of the delay that is random, 0 to 1: many jobs that failed together do not come back together. @default 0.1 */
  readonly jitter?: number;
  /** Longest delay in ms. Defaults to none. */
  readonly cap?: number;
  readonly random?: () => number;
}

/**
 * delayed_job's backoff, `attempts^4 + 5` seconds, so 6 s, 21 s, 86 s, ... and 20 days over 25 attempts; with jitter,
 * which only ever lengthens it.
 */
export function quarticBackoff({
  jitter = 0.1,
  cap = Number.POSITIVE_INFINITY,
  random = Math.random,
}: BackoffOptions = {}): (attempts: number) => number {
  return (attempts) => Math.min(cap, (attempts ** 4 + 5) * 1000 * (1 + jitter * random()));
}

/**
 * These delays one after another, the last one again and again.
 * @throws InvalidOptionsError when there is none, or one that is no duration
 * @example mailer(UserActions, { backoff: backoffSteps("10s", "1m", "1h") });
 */
export function backoffSteps(...steps: readonly Duration[]): (attempts: number) => number {
  const delays = steps.map((step) => durationMs("backoffSteps", step));
  const last = delays.at(-1);
  if (last === undefined) throw new InvalidOptionsError("backoffSteps", ["give at least one delay"]);
  return (attempts) => delays[attempts - 1] ?? last;
}
