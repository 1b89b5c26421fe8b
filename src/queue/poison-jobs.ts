import { MAX_CRASHES } from "../jobs/job-store.ts";

/** As far as is known of it; what a fast read leaves out is no suspect. */
interface Crashed {
  readonly crashes?: number;
}

/** Whether the workers of a job went away so often that the next one that does fails it as `crashed`. */
export function isPoisonous({ crashes = 0 }: Crashed): boolean {
  return crashes >= MAX_CRASHES - 1;
}

/**
 * The jobs without those poisonous that are too many. One of them may kill its worker again: held one at a time by each worker, it is
 * found out, and those that only were beside it end well.
 */
export function withFewPoisonous<T extends Crashed>(
  jobs: readonly T[],
  most: number = Number.POSITIVE_INFINITY,
): readonly T[] {
  let left = most;
  return jobs.filter((job) => !isPoisonous(job) || left-- > 0);
}
