import { kindOf } from "../jobs/kinds.ts";
import type { CallHistory } from "./history.ts";
import type { Broken, Promised } from "./promise.ts";

/** The clocks of two processes of one machine, read by MongoDB's protocol, do not differ by more, in ms. */
const CLOCK_TOLERANCE_MS = 250;

export const noneTooOften: Promised = {
  name: "attempts beyond the most that are allowed",
  broken: ({ calls, left }) => [
    ...[...calls.values()].flatMap(({ call, runs }) =>
      runs
        .filter(({ attempt, maxAttempts }) => attempt > maxAttempts)
        .map(({ attempt }): Broken => ({ call, why: `Attempt ${attempt} was begun.` })),
    ),
    ...left
      .filter(({ attempts, maxAttempts }) => attempts > maxAttempts)
      .map(({ args: [call], attempts }) => ({ call: String(call), why: `The store counts ${attempts}.` })),
  ],
};

export const noneTooSoon: Promised = {
  name: "jobs begun before their time",
  broken: ({ calls }) =>
    [...calls.values()].flatMap(({ call, asked, runs: [first] }): readonly Broken[] => {
      const earliest = asked.at + (asked.delay ?? 0) - CLOCK_TOLERANCE_MS;
      if (first === undefined || first.startedAt >= earliest) return [];
      return [{ call, why: `It began ${Math.round(earliest - first.startedAt)} ms too soon.` }];
    }),
};

/** Jobs end as jobs of their kind do; and whichever it is, as `crashed` when their workers died too often. */
export const allEndAsTheyShould: Promised = {
  name: "jobs that ended as their kind does not",
  broken: (history) =>
    [...history.calls.values()].flatMap((call): readonly Broken[] => {
      const why = wrongEnd(call);
      return why === undefined ? [] : [{ call: call.call, why }];
    }),
};

function wrongEnd({ asked, settled, left }: CallHistory): string | undefined {
  const { endsWell, reasons } = kindOf(asked.kind);
  if (!endsWell && settled.some(({ what }) => what === "done")) return "It was done.";
  const failed = settled.find((each) => each.what === "failed");
  const reason = left?.failReason ?? (failed?.what === "failed" ? failed.reason : undefined);
  if (reason === undefined || reason === "crashed" || reasons.includes(reason)) return undefined;
  return `It was failed as "${reason}".`;
}
