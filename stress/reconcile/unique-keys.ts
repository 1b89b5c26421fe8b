import type { CallHistory } from "./history.ts";
import { isPromised } from "./losses.ts";
import type { Broken, Promised } from "./promise.ts";

/** A time at which a job surely had its key. */
interface Holding {
  readonly call: string;
  readonly id: string;
  readonly from: number;
  readonly to: number;
}

/** At no time two jobs have one key. */
export const noKeyTwice: Promised = {
  name: "unique keys with two live jobs",
  broken: ({ calls }) => {
    const byKey = new Map<string, Holding[]>();
    const broken: Broken[] = [];
    for (const call of calls.values()) {
      const { key } = call.asked;
      if (key === undefined || !isPromised(call)) continue;
      const holdings = byKey.get(key) ?? [];
      const holding = holdingOf(call);
      const other = holdings.find((each) => isAtOnce(each, holding));
      if (other) broken.push({ call: call.call, why: `The call ${other.call} had the key ${key} too.` });
      byKey.set(key, [...holdings, holding]);
    }
    return broken;
  },
};

function isAtOnce(a: Holding, b: Holding): boolean {
  return a.id !== b.id && Math.max(a.from, b.from) < Math.min(a.to, b.to);
}

/** From when its enqueue was answered to the first sign that it may be over. */
function holdingOf({ call, stored, runs, settled, left }: CallHistory): Holding {
  const from = stored?.at ?? 0;
  const isLive = left?.state === "ready" || left?.state === "leased";
  // Of a job whose workers died nobody is told in time; it may be over as soon as it began.
  const mayDie = left?.failReason === "crashed" ? [runs[0]?.startedAt ?? from] : [];
  const signs = [
    ...runs.flatMap(({ ended }) => (ended ? [ended.at] : [])),
    ...settled.map(({ at }) => at),
    ...mayDie,
  ];
  const to = isLive ? Number.POSITIVE_INFINITY : signs.length === 0 ? from : Math.min(...signs);
  return { call, id: stored?.id ?? "", from, to };
}
