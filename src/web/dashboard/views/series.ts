import {
  COUNTED_THINGS,
  type Counts,
  firstSlot,
  HISTORIES,
  type History,
  NO_COUNTS,
  type Slot,
  type Subject,
} from "../../../activity/activity-store.ts";

/** Counts in equal steps of time, the oldest first; steps in which nothing happened have noughts. */
export interface Series {
  readonly history: History;
  /** How long a step is, in ms. */
  readonly stepMs: number;
  readonly steps: readonly { readonly at: Date; readonly counts: Counts }[];
  /** Of all steps together. */
  readonly total: Counts;
}

/** The series of one subject. @param most how many steps it may have; several slots make one where there are more */
export function seriesOf(
  slots: readonly Slot[],
  { history, now, most, subject = "all", name = "" }: SeriesOptions,
): Series {
  const { slotMs, keepMs } = HISTORIES[history];
  const size = Math.ceil(keepMs / slotMs / most);
  const [first, stepMs] = [firstSlot(history, now).getTime(), size * slotMs];
  const sums = Array.from({ length: Math.ceil(keepMs / stepMs) }, () => NO_COUNTS);
  for (const slot of slots) {
    if (slot.subject !== subject || slot.name !== name) continue;
    const index = Math.floor((slot.at.getTime() - first) / stepMs);
    const sum = sums[index];
    if (sum) sums[index] = added(sum, slot.counts);
  }
  const steps = sums.map((counts, index) => ({ at: new Date(first + index * stepMs), counts }));
  return { history, stepMs, steps, total: sums.reduce(added, NO_COUNTS) };
}

export interface SeriesOptions {
  readonly history: History;
  readonly now: Date;
  readonly most: number;
  readonly subject?: Subject;
  readonly name?: string;
}

/** The names of a subject by how much there was of them, the most first. */
export function busiest(slots: readonly Slot[], subject: Subject, most: number): readonly string[] {
  const sums = new Map<string, number>();
  for (const { subject: found, name, counts } of slots)
    if (found === subject)
      sums.set(name, (sums.get(name) ?? 0) + counts.done + counts.failed + counts.retried + counts.sent);
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([name]) => name);
}

function added(a: Counts, b: Counts): Counts {
  return Object.fromEntries(COUNTED_THINGS.map((each) => [each, a[each] + b[each]])) as Record<
    keyof Counts,
    number
  >;
}
