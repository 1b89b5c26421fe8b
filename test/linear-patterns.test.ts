import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { analyse } from "scslre";
import { describe, expect, it } from "vitest";
import { type Input, LINEAR } from "./support/growth.ts";

interface Pattern {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** Patterns that may try again what cannot fail: each with the reason for which no text makes that dear. */
const JUSTIFIED: Readonly<Record<string, string>> = {
  "cli/environment.ts":
    "what follows the spaces takes the rest of the line, whatever it is, so that nothing is tried twice",
};

/** Every regular expression that is written in a file. */
function patternsOf(file: string): readonly Pattern[] {
  const { program } = parseSync(file, readFileSync(join("src", file), "utf8"));
  const found: Pattern[] = [];
  new Visitor({
    Literal(node) {
      if ("regex" in node) found.push({ file, source: node.regex.pattern, flags: node.regex.flags });
    },
  }).visit(program);
  return found;
}

const patterns = readdirSync("src", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.replaceAll("\\", "/"))
  .flatMap(patternsOf);

/** Where a character that is repeated often makes a pattern look through the same text again and again. */
function dearCharacters({ source, flags }: Pattern): readonly string[] {
  const { reports } = analyse({ source, flags }, { assumeRejectingSuffix: false });
  return reports.map(({ character }) => `/${source}/${flags}: many ${JSON.stringify(character.pick)}`);
}

/** Texts of what stands in a pattern itself: each word or sign of it, and each two of them, over and over. */
function textsAgainst({ source }: Pattern): readonly string[] {
  const written = source.replaceAll(/\\[a-zA-Z]/g, " ").match(/[a-zA-Z]{2,}|:\/\/|[^\\\s]/g) ?? [];
  const parts = [...new Set([...written, "a", " ", "\n", "0", "."])].slice(0, 12);
  return [...new Set(parts.flatMap((one) => [one, ...parts.map((other) => one + other)]))];
}

/** As the library uses it: from the beginning, or everywhere. */
function reader({ source, flags }: Pattern): (text: string) => unknown {
  if (flags.includes("y")) return (text) => new RegExp(source, flags).exec(text);
  return (text) => text.replaceAll(new RegExp(source, `${flags.replace("g", "")}g`), "");
}

/** Ended by what fits nothing, so that all ways are tried. */
const endless =
  (part: string): Input =>
  (length) =>
    `${part.repeat(Math.ceil(length / part.length))}\u0001`;

const SHORT = 4_000;
const TIMES_LONGER = 4;
/** Less tells more of chance than of the work. */
const ENOUGH_MS = 1;
const TRIES = 5;

function dearTexts(pattern: Pattern): readonly string[] {
  const read = reader(pattern);
  return textsAgainst(pattern)
    .filter((part) => isDear(read, endless(part)))
    .map((part) => `/${pattern.source}/${pattern.flags}: many ${JSON.stringify(part)}`);
}

/** Time that others took from this process makes one reading longer, and not each of several: the least of them counts. */
function isDear(read: (text: string) => unknown, input: Input): boolean {
  const [short, long] = [input(SHORT), input(SHORT * TIMES_LONGER)];
  const isOver = (least: number) => leastTime(() => read(long), least) >= least;
  if (!isOver(ENOUGH_MS * LINEAR)) return false;
  return isOver(
    LINEAR *
      Math.max(
        ENOUGH_MS,
        leastTime(() => read(short)),
      ),
  );
}

/** Of some readings; no more are taken once one is below what is asked for. */
function leastTime(act: () => unknown, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && least >= enough; tries++) least = Math.min(least, timeOf(act));
  return least;
}

function timeOf(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

describe("the regular expressions of the library", () => {
  it("are all found", () => {
    expect(patterns.length).toBeGreaterThan(300);
  });

  it("look through no text again and again for a character that is repeated", () => {
    const dear = patterns.filter(({ file }) => JUSTIFIED[file] === undefined).flatMap(dearCharacters);
    expect(dear).toEqual([]);
  });

  it("take no longer than in proportion for what they are made of, repeated", () => {
    expect(patterns.flatMap(dearTexts)).toEqual([]);
  });

  it("would be found if they did", () => {
    const slow = { file: "", source: "(?:ab)+c", flags: "g" };
    // The least of several readings counts, so a square may pass once by chance.
    expect([1, 2, 3].some(() => dearTexts(slow).includes('/(?:ab)+c/g: many "ab"'))).toBe(true);
    expect(dearCharacters({ ...slow, source: "<[^>]*>" })).toEqual(['/<[^>]*>/g: many "<"']);
  });

  it("are excused only where they need it", () => {
    const needed = patterns.filter((pattern) => dearCharacters(pattern).length > 0).map(({ file }) => file);
    expect([...new Set(needed)]).toEqual(Object.keys(JUSTIFIED));
  });
});
