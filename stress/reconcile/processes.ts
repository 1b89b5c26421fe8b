import { of } from "./entries.ts";
import type { Promised } from "./promise.ts";

/** Ended in peace; had no store to begin with; lost its parent. */
const IN_ORDER = [0, 2, 3];

/** No process ends by itself because of what is done to its store. */
export const noneBrokeDown: Promised = {
  name: "processes that broke down",
  broken: ({ entries }) =>
    of(entries, "gone")
      .filter(({ code }) => code !== null && !IN_ORDER.includes(code))
      .map(({ target, code }) => ({
        why: `The process ${target} ended with the code ${code}; see its log.`,
      })),
};

/** At the end everything that can be worked off is. */
export const noneStuck: Promised = {
  name: "jobs that nobody works off",
  broken: ({ left }) =>
    left
      .filter(
        ({ state, runAt }) => state === "leased" || (state === "ready" && runAt.getTime() <= Date.now()),
      )
      .map(({ args: [call], state }) => ({
        call: String(call),
        why: `It is ${state}, and nothing happens.`,
      })),
};
