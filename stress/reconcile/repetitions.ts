import type { CallHistory, Settled } from "./history.ts";
import type { Broken, Promised } from "./promise.ts";

/** A job is committed as done or failed once. What was claimed before and cut off may have run, but is not written. */
export const noneCommittedTwice: Promised = {
  name: "jobs run twice with both runs committed",
  broken: ({ calls }) =>
    [...calls.values()].flatMap((call): readonly Broken[] => {
      const ends = call.settled.filter(isEnd);
      return ends.length > 1 ? [{ call: call.call, why: `It came to an end ${ends.length} times.` }] : [];
    }),
};

/** What is done stays done. */
export const noneAfterItsEnd: Promised = {
  name: "jobs begun after they were done or failed",
  broken: ({ calls }) =>
    [...calls.values()].flatMap((call): readonly Broken[] => {
      const end = call.settled.find(isEnd);
      const isBack = call.left?.state === "ready" || call.left?.state === "leased";
      if (end && (isBack || call.runs.some(({ startedAt }) => startedAt > end.at)))
        return [{ call: call.call, why: `It was ${end.what}, and then it was there again.` }];
      return [];
    }),
};

/** One claim is begun once, and ends in one way. */
export const noneClaimedTwice: Promised = {
  name: "claims used twice",
  broken: ({ calls }) =>
    [...calls.values()].flatMap((call) =>
      call.runs.filter((run) => isUsedTwice(run, call)).map(({ token }) => claimedTwice(call, token)),
    ),
};

function isEnd({ what }: Settled): boolean {
  return what === "done" || what === "failed";
}

function isUsedTwice({ token, settled }: CallHistory["runs"][number], { runs }: CallHistory): boolean {
  return settled.length > 1 || runs.filter((run) => run.token === token).length > 1;
}

function claimedTwice({ call }: CallHistory, token: string): Broken {
  return { call, why: `The claim ${token} was begun, or ended, more than once.` };
}
