import type { CallHistory, History, Run } from "./history.ts";
import type { Broken, Promised } from "./promise.ts";

/** An enqueue that was acknowledged is done, or kept as failed, or still waiting: nothing else. */
export const noneLost: Promised = {
  name: "jobs lost",
  broken: (history) => {
    const replaced = replacedIn(history);
    return [...history.calls.values()]
      .filter((call) => isPromised(call) && !replaced.has(call.call) && !isAccountedFor(call, history))
      .map(({ call }) => ({ call, why: "It was stored, and is neither done, nor failed, nor waiting." }));
  },
};

/** A run that came to its end is reported as what the store made of it, by every worker that lived on. */
export const allTold: Promised = {
  name: "endings nobody was told of",
  broken: (history) =>
    [...history.calls.values()].flatMap(({ call, runs }) =>
      runs
        .filter((run) => run.ended && !isTold(run) && !history.deaths.has(run.pid))
        .map((run): Broken => ({ call, why: `The run of claim ${run.token} ended, and then nothing.` })),
    ),
};

/** Whether a job had to be there: a call whose key another job held is none. */
export function isPromised({ stored }: CallHistory): boolean {
  return stored !== undefined && (stored.isNew || stored.inPlace);
}

/**
 * Done, but the worker could not say so any more: it was killed when the store had it and the ledger had not, or the answer of the
 * store was lost for so long that nobody can tell.
 */
export function isDoneUntold({ runs, left }: CallHistory, { deaths }: History): boolean {
  const isUntold = (run: Run) =>
    run.settled.length === 0 && (run.lostAt !== undefined || deaths.has(run.pid));
  return left === undefined && runs.some((run) => run.ended?.well && isUntold(run));
}

function isAccountedFor(call: CallHistory, history: History): boolean {
  return (
    call.left !== undefined || call.settled.some(({ what }) => what === "done") || isDoneUntold(call, history)
  );
}

function isTold({ settled, lostAt }: Run): boolean {
  return settled.length > 0 || lostAt !== undefined;
}

/** Calls in whose place a later one came, or may have come where nobody knows. */
function replacedIn({ calls }: History): ReadonlySet<string> {
  const last = new Map<string, CallHistory>();
  const replaced = new Set<string>();
  for (const call of [...calls.values()].sort((a, b) => a.asked.at - b.asked.at)) {
    const { key, conflict } = call.asked;
    if (key === undefined || conflict !== "replace" || call.refused?.maybe === false) continue;
    const before = last.get(key);
    if (before && (call.stored === undefined || call.stored.id === before.stored?.id))
      replaced.add(before.call);
    last.set(key, call);
  }
  return replaced;
}
