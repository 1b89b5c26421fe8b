import { MAX_CRASHES } from "../jobs/job-store.ts";

/** A job whose `crashes` may not have been read. It then counts as one without crashes. */
interface Crashed {
  readonly crashes?: number;
}

/** Whether so many workers died while they held the job that it fails as `crashed` when one more does. */
export function isPoisonous({ crashes = 0 }: Crashed): boolean {
  return crashes >= MAX_CRASHES - 1;
}

/**
 * Leaves out poisonous jobs beyond `most`. A poisonous job may kill its worker again. A worker that holds one of them at a time shows
 * which job it is, and the jobs that were only held beside it end well.
 */
export function withFewPoisonous<T extends Crashed>(
  jobs: readonly T[],
  most: number = Number.POSITIVE_INFINITY,
): readonly T[] {
  let left = most;
  return jobs.filter((job) => !isPoisonous(job) || left-- > 0);
}
