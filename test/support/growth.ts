/** What somebody may give a reader of ours, as long as asked for; what it throws is as good as what it gives. */
export type Input = (length: number) => string;

export const of =
  (part: string, before = "", after = ""): Input =>
  (length) =>
    before + part.repeat(Math.ceil(length / part.length)) + after;

/**
 * Of elements within each other: htmlparser2 puts each before the others of its stack, which is a square of its own from some 15,000 levels on (0.6 s for 50,000;
 * no browser keeps more than 512).
 */
export const atMost =
  (longest: number, input: Input): Input =>
  (length) =>
    input(Math.min(length, longest));

/** In ms of this process's own time, however busy the machine is. */
function timeOf(read: (text: string) => unknown, text: string): number {
  const before = process.cpuUsage();
  try {
    read(text);
  } catch {
    // Refused, which must not take long either.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Below it a time tells more of chance than of the work. */
const ENOUGH_MS = 20;
const [SHORTEST, LONGEST] = [4_000, 2 ** 19];
const TIMES_LONGER = 4;

/** Work that grows with the text costs four times as much, work that grows with its square sixteen times. */
export const LINEAR = 9;

/** A time that is measured while memory is cleared, or while others use the machine, is measured again; a square stays one. */
const TRIES = 6;

/**
 * What a text that is four times as long costs, where the work is enough to be told from chance. Nearly every reader is told to be linear by
 * three short readings; the others are measured thoroughly.
 */
export function growthOf(read: (text: string) => unknown, input: Input): number {
  let before = timeOf(read, input(SHORTEST / TIMES_LONGER));
  for (let length = SHORTEST; length <= LONGEST * TIMES_LONGER; length *= TIMES_LONGER) {
    const time = timeOf(read, input(length));
    if (time >= ENOUGH_MS) {
      // Once more and a little longer: where a text is remembered, reading the same one again costs nothing.
      const again = timeOf(read, input(length / TIMES_LONGER + length / 512));
      const growth = time / Math.min(before, again);
      return growth < LINEAR ? growth : thoroughGrowth(read, input, length);
    }
    before = time;
  }
  return 1;
}

/** From a text on whose reading takes long enough by itself, so that what it grows by is no matter of chance. */
function thoroughGrowth(read: (text: string) => unknown, input: Input, from: number): number {
  for (let length = from / TIMES_LONGER; length < LONGEST; length *= 1.5)
    if (timeOf(read, input(length)) >= ENOUGH_MS) return confirmedGrowth(read, input, length);
  return 1;
}

/**
 * Where a text no longer fits into a cache, or memory is cleared in another way, a time makes one leap, which is there each time it is measured. A square
 * goes on growing: twice the longest text costs four times as much. Its square is compared, because the text is twice as long, not four times.
 */
function confirmedGrowth(read: (text: string) => unknown, input: Input, length: number): number {
  const growth = leastGrowth(read, input, length, { timesLonger: TIMES_LONGER, enough: LINEAR, most: TRIES });
  if (growth < LINEAR) return growth;
  const longest = length * TIMES_LONGER;
  // It takes long enough by now to be told from chance by less.
  const beyond = leastGrowth(read, input, longest, { timesLonger: 2, enough: Math.sqrt(LINEAR), most: 2 });
  return Math.min(growth, beyond ** 2);
}

interface Measuring {
  readonly timesLonger: number;
  /** Below it, it is not measured again. */
  readonly enough: number;
  /** How often it is measured. */
  readonly most: number;
}

/** The short text is read before and after the long one: one slow reading of it does not pass for a small growth. */
function leastGrowth(
  read: (text: string) => unknown,
  input: Input,
  length: number,
  { timesLonger, enough, most }: Measuring,
): number {
  let texts = 0;
  // Of two texts that nobody has read before, the least time, because the memory that is cleared meanwhile may be of others.
  const leastTime = (size: number) =>
    Math.min(...[1, 2].map(() => timeOf(read, input(size + (++texts * size) / 1024))));
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < most && least >= enough; tries++) {
    const before = leastTime(length);
    const time = leastTime(length * timesLonger);
    least = Math.min(least, time / Math.max(ENOUGH_MS, Math.min(before, leastTime(length))));
  }
  return least;
}

/** What both words and html may be full of. */
export const TEXTS: readonly (readonly [string, Input])[] = [
  ["letters", of("a")],
  ["capitals", of("A")],
  ["spaces", of(" ", "a", "b")],
  ["tabs and new lines", of(" \t\n", "a", "b")],
  ["no-break spaces", of("\u00a0", "a", "b")],
  ["words", of("word ")],
  ["dots", of(".", "a")],
  ["at signs", of("@")],
  ["quotes", of('"')],
  ["backslashes", of("\\\\", '"')],
  ["opening brackets", of("(")],
  ["square brackets", of("[a")],
  ["less-than signs", of("<")],
  ["braces", of("{")],
  ["commas", of(",a")],
  ["slashes", of("/")],
  ["equals and question marks", of("=?")],
  ["letters outside ASCII", of("é漢")],
  ["lines", of("\n")],
  ["hyphens", of("-", "a")],
];
