import type { EventMap, EventName } from "../events.ts";
import { headline } from "../jobs/describe-error.ts";

/** How often one that goes on is told again, in ms. */
const AGAIN_MS = 60_000;
const FORGET_AT = 1_000;

/** What makes lines alike, for events that come by the hundred while something that all jobs need is down. */
const ALIKE: { readonly [N in EventName]?: (payload: EventMap[N]) => string | undefined } = {
  // An attempt that was counted is its job's own affair, and told.
  "job.retried": ({ job, error, counted }) =>
    counted ? undefined : `${job.handler}.${job.action} ${job.queue} ${headline(error)}`,
  "queue.paused": ({ queue, reason }) => `${queue} ${headline(reason)}`,
};

interface Told {
  readonly at: number;
  readonly since: number;
}

/** Lets the first of lines that are alike through, and one a minute after that. */
export class RepeatedLines {
  readonly #now: () => number;
  readonly #told = new Map<string, Told>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns how many alike were kept back since the last that was told; undefined when this one is to be kept back too */
  pass<N extends EventName>(name: N, payload: EventMap[N]): number | undefined {
    const alike = ALIKE[name]?.(payload);
    if (alike === undefined) return 0;
    const key = `${name} ${alike}`;
    const told = this.#told.get(key);
    const now = this.#now();
    if (told && now - told.at < AGAIN_MS) {
      this.#told.set(key, { ...told, since: told.since + 1 });
      return undefined;
    }
    if (this.#told.size >= FORGET_AT) this.#told.clear();
    this.#told.set(key, { at: now, since: 0 });
    return told?.since ?? 0;
  }
}
