import type { CallHistory, Run } from "./history.ts";
import type { Broken, Promised } from "./promise.ts";

/**
 * `isLive()` says no before anybody else can have the job, whatever happened to the process meanwhile: SIGSTOP, a blocked event loop,
 * a starved machine.
 */
export const noneLiveTwice: Promised = {
  name: "runs that were live after another worker had begun the job",
  broken: ({ calls }) =>
    [...calls.values()].flatMap((call) =>
      call.runs
        .filter((run) => actsAfterNext(run, call, ({ isLive }) => isLive))
        .map(({ token }): Broken => ({ call: call.call, why: `The run of claim ${token} was.` })),
    ),
};

/** How many runs went on after another had begun: those that do not ask whether they may. */
export function runsThatWentOn(calls: readonly CallHistory[]): number {
  return calls.flatMap((call) => call.runs.filter((run) => actsAfterNext(run, call, () => true))).length;
}

function actsAfterNext(
  run: Run,
  { runs }: CallHistory,
  counts: (effect: Run["effects"][number]) => boolean,
): boolean {
  const next = runs[runs.indexOf(run) + 1];
  return next !== undefined && run.effects.some((effect) => effect.at > next.startedAt && counts(effect));
}
