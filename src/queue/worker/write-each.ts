import { describeError } from "../../jobs/describe-error.ts";
import type { JobStore, Lease, Settlement } from "../../jobs/job-store.ts";

export interface EachWritten {
  /** Refused, for now. */
  readonly refused: readonly Settlement[];
  /** Not even tried, because the store seems to take nothing. */
  readonly untried: readonly Settlement[];
  /** What the store said last. */
  readonly error: unknown;
}

type OnTaken = (settlement: Settlement, lost: readonly Lease[]) => void;

/** So many refusals, and nothing taken, mean that the store takes nothing at all. */
const ENOUGH = 2;

/**
 * Writes endings one by one. A job whose ending is refused while the store takes others is kept as failed, with what the store said: it
 * would otherwise stay leased for as long as this process lives, and be done again after that.
 */
export async function writeEach(
  settlements: readonly Settlement[],
  store: Pick<JobStore, "settle">,
  onTaken: OnTaken,
): Promise<EachWritten> {
  const refused: { readonly settlement: Settlement; readonly error: unknown }[] = [];
  let taken = 0;
  let at = 0;
  for (; at < settlements.length && (taken > 0 || refused.length < ENOUGH); at++) {
    const settlement = settlements[at];
    if (settlement === undefined) break;
    try {
      const lost = await store.settle([settlement]);
      taken += 1;
      onTaken(settlement, lost);
    } catch (error) {
      refused.push({ settlement, error });
    }
  }
  const still: Settlement[] = [];
  for (const { settlement, error } of refused)
    if (taken === 0 || !(await writeFailure(settlement, error, store, onTaken))) still.push(settlement);
  return { refused: still, untried: settlements.slice(at), error: refused.at(-1)?.error };
}

/** An ending that says nothing cannot be what is wrong. @returns whether the store took it */
async function writeFailure(
  settlement: Settlement,
  refusal: unknown,
  store: Pick<JobStore, "settle">,
  onTaken: OnTaken,
): Promise<boolean> {
  const { id, token, kind } = settlement;
  if (kind === "done" || kind === "release") return false;
  const error = `The store does not take how the attempt ended. ${describeError(refusal)}`;
  const failure: Settlement = { id, token, kind: "fail", error, reason: "unwritable" };
  try {
    onTaken(failure, await store.settle([failure]));
    return true;
  } catch {
    return false;
  }
}
