import type { ClaimOrder } from "../jobs/job-store.ts";

/** A due job, as far as the order is concerned. */
export interface Candidate {
  readonly queue: string;
  readonly priority: number;
  readonly runAt: Date | number;
}

export interface RotationRequest {
  readonly limit: number;
  readonly order: ClaimOrder;
  /** The order of `strict`; queues that are not named come last. */
  readonly queues: readonly string[];
  /** How many jobs a queue gets for one of another, where it is `fair`; 1 unless given. */
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * Picks jobs from several queues.
 *
 * `priority` takes the lowest number first, then the earliest. `strict` empties one queue after another. `fair` also takes the lowest
 * number first, but among jobs of one priority the queues take turns, by their weights. So many jobs in one queue delay another queue by no
 * more than the jobs that are running. A queue's turns are remembered from claim to claim while it has a backlog.
 */
export class QueueRotation {
  /** Jobs taken so far, over the queue's weight; only of queues with a backlog. */
  #taken = new Map<string, number>();

  /** @param lists the due jobs of each queue, best first */
  pick<T extends Candidate>(lists: readonly (readonly T[])[], request: RotationRequest): readonly T[] {
    const lines = lists.flatMap((jobs) => Line.of(jobs) ?? []);
    const taken = this.#begin(lines);
    const compare = comparison(request, taken);
    const picked: T[] = [];
    while (picked.length < request.limit) {
      const best = first(lines, compare);
      const job = best?.take();
      if (job === undefined) break;
      picked.push(job);
      taken.set(job.queue, (taken.get(job.queue) ?? 0) + 1 / weightOf(job.queue, request));
    }
    const busy = lines.filter((line) => line.mayHaveMore(request.limit));
    this.#taken = new Map(busy.map(({ queue }) => [queue, taken.get(queue) ?? 0]));
    return picked;
  }

  /** A new queue starts with the turns of the queue that had the fewest, so that it neither catches up nor waits. */
  #begin(lines: readonly { readonly queue: string }[]): Map<string, number> {
    const known = lines.flatMap(({ queue }) => this.#taken.get(queue) ?? []);
    const level = known.length === 0 ? 0 : Math.min(...known);
    return new Map(lines.map(({ queue }) => [queue, this.#taken.get(queue) ?? level]));
  }
}

/** The due jobs of one queue, taken from the front. */
class Line<T extends Candidate> {
  readonly queue: string;
  readonly #jobs: readonly T[];
  #next = 0;

  static of<T extends Candidate>(jobs: readonly T[]): Line<T> | undefined {
    const [job] = jobs;
    return job && new Line(job.queue, jobs);
  }

  private constructor(queue: string, jobs: readonly T[]) {
    this.queue = queue;
    this.#jobs = jobs;
  }

  get head(): T | undefined {
    return this.#jobs[this.#next];
  }

  take(): T | undefined {
    const job = this.head;
    this.#next += 1;
    return job;
  }

  /** A list with as many jobs as were asked for may have been cut off there. */
  mayHaveMore(limit: number): boolean {
    return this.#next < this.#jobs.length || this.#jobs.length >= limit;
  }
}

function first<T extends Candidate>(lines: readonly Line<T>[], compare: Comparison): Line<T> | undefined {
  let best: Line<T> | undefined;
  for (const line of lines) if (line.head && (!best?.head || compare(line.head, best.head) < 0)) best = line;
  return best;
}

function weightOf(queue: string, { weights }: RotationRequest): number {
  return Object.hasOwn(weights, queue) ? (weights[queue] ?? 1) : 1;
}

type Comparison = (a: Candidate, b: Candidate) => number;

function comparison({ order, queues }: RotationRequest, taken: ReadonlyMap<string, number>): Comparison {
  const byPriority: Comparison = (a, b) => a.priority - b.priority;
  const byTime: Comparison = (a, b) => Number(a.runAt) - Number(b.runAt);
  const byTurn: Comparison = (a, b) => (taken.get(a.queue) ?? 0) - (taken.get(b.queue) ?? 0);
  const places = new Map(queues.map((queue, index) => [queue, index]));
  const placeOf = (queue: string) => places.get(queue) ?? queues.length;
  const byPlace: Comparison = (a, b) => placeOf(a.queue) - placeOf(b.queue);
  const steps = {
    priority: [byPriority, byTime],
    strict: [byPlace, byPriority, byTime],
    fair: [byPriority, byTurn, byTime],
  }[order];
  return (a, b) => steps.reduce((decided, step) => decided || step(a, b), 0);
}
