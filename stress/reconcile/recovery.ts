import { of } from "./entries.ts";
import type { History } from "./history.ts";

/** How long a job of a worker that was killed waited for another to begin it, or to be given up. */
export interface Recovery {
  readonly id: string;
  readonly ms: number;
  /** Nothing was done to the store or to queues meanwhile, and at least one other worker got to run all the time. */
  readonly isUndisturbed: boolean;
}

interface Period {
  readonly from: number;
  readonly to: number;
}

/** Less than this is everyday business of a busy machine, in ms. */
const PAUSE_MS = 1_000;

/** Of every job that a worker held when it died, as far as the store could be asked. */
export function recoveriesIn(history: History): readonly Recovery[] {
  const { entries, deaths } = history;
  const faults = faultsIn(history);
  const lives = livesIn(history);
  const beginnings = of(entries, "started", "failed");
  return of(entries, "held").flatMap(({ target, ids }) => {
    const from = deaths.get(target) ?? 0;
    return ids.flatMap((id) => {
      const to = beginnings.find((entry) => entry.id === id && entry.at > from && entry.pid !== target)?.at;
      if (to === undefined) return [];
      const isAwake = [...lives].some(
        ([pid, life]) => life.from < from && life.to > to && !history.stoodStill(pid, from, to, PAUSE_MS),
      );
      const isUndisturbed = isAwake && !faults.some((fault) => fault.from < to && fault.to > from);
      return [{ id, ms: to - from, isUndisturbed }];
    });
  });
}

function faultsIn({ entries }: History): readonly Period[] {
  const ends = of(entries, "over");
  return of(entries, "fault").map(({ number, at: from }) => ({
    from,
    to: ends.find((end) => end.number === number)?.at ?? Number.POSITIVE_INFINITY,
  }));
}

/** From when to when each worker claimed jobs, by its process. */
function livesIn({ entries, deaths }: History): ReadonlyMap<number, Period> {
  const stops = of(entries, "stopped");
  return new Map(
    of(entries, "worker").map(({ pid, at: from }) => {
      const stop = stops.find(({ target }) => target === pid)?.at ?? Number.POSITIVE_INFINITY;
      return [pid, { from, to: Math.min(stop, deaths.get(pid) ?? Number.POSITIVE_INFINITY) }];
    }),
  );
}
