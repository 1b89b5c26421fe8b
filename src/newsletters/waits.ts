import { z } from "zod";

/** How often a recipient was tried in vain, and until when he is left alone. */
export interface Wait {
  readonly tries: number;
  /** In ms since 1970. */
  readonly until: number;
}

/** By place in the chunk. */
export type Waits = ReadonlyMap<number, Wait>;

/** What a chunk's job keeps between its attempts: when it comes back, and who waits for what. */
export interface WaitsCheckpoint {
  /** In ms since 1970. */
  readonly back: number;
  /** Those who wait alike stand together: `[until, tries, ...places]`. */
  readonly waits: readonly (readonly number[])[];
}

const checkpointSchema = z.object({
  back: z.number(),
  waits: z.array(z.array(z.number()).min(2)),
});

/**
 * Who waits still. Whoever was to be tried when the job came back has waited long enough, also where somebody has it performed before.
 * @param checkpoint one of another version, or of none of ours, says nothing
 */
export function readWaits(checkpoint: unknown): Waits {
  const { back, waits } = checkpointSchema.safeParse(checkpoint).data ?? { back: 0, waits: [] };
  return new Map(
    waits.flatMap(([until = 0, tries = 0, ...places]) =>
      places.map((place) => [place, { tries, until: until <= back ? 0 : until }] as const),
    ),
  );
}

export function writeWaits(waits: Waits, back: number): WaitsCheckpoint {
  const groups = new Map<string, number[]>();
  for (const [place, { until, tries }] of waits) {
    const group = groups.get(`${until} ${tries}`);
    if (group) group.push(place);
    else groups.set(`${until} ${tries}`, [until, tries, place]);
  }
  return { back, waits: [...groups.values()] };
}

/** Whoever waits only so much longer than the first of them, in parts of that wait, is waited for too. */
const TOGETHER = 0.2;

/** When to come back for people who may be tried again from these times on: with several of them at once, and never too early for one. */
export function comeBackAt(times: readonly number[], now: number): number {
  const first = Math.min(...times);
  const latest = first + Math.max(0, first - now) * TOGETHER;
  return times.filter((time) => time <= latest).reduce((a, b) => Math.max(a, b), first);
}
