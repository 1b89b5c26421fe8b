import { inlineCss } from "../css/inline-css.ts";
import type { Piece } from "./piece.ts";

/** How often each branch is taken in a trial, by its number. */
type Choice = (branch: number) => number;

const CHOICES: readonly Choice[] = [
  () => 1,
  () => 0,
  () => 2,
  (branch) => branch % 2,
  (branch) => (branch % 3 === 0 ? 3 : 1),
];

const VALUES = ["", "word", "two words", "&lt;b&gt; &amp; &quot;q&quot;", "{{x}} $& %>"];

/**
 * Whether mails put together from the inlined texts are the same as mails that are put together first and inlined then.
 * The reasoning that lets a template through says they are; this is its test, at the price of inlining a few pages.
 */
export function provesItself(
  pieces: readonly Piece[],
  before: readonly string[],
  after: readonly string[],
): boolean {
  const varies = pieces.some(({ kind }) => kind === "branch");
  const choices = varies ? CHOICES : CHOICES.slice(0, 1);
  return choices.every(
    (choice) => inlineCss(assemble(pieces, before, choice)) === assemble(pieces, after, choice),
  );
}

function assemble(pieces: readonly Piece[], texts: readonly string[], choice: Choice): string {
  let html = "";
  let printed = 0;
  let branches = 0;
  const run = (from: number, times: number): number => {
    let at = from;
    for (; at < pieces.length && pieces[at]?.kind !== "end"; at++) {
      const kind = pieces[at]?.kind;
      if (times > 0 && kind === "text") html += texts[at] ?? "";
      if (times > 0 && kind === "value") html += VALUES[printed++ % VALUES.length];
      if (kind === "branch") at = repeat(at + 1, times > 0 ? choice(branches++) : 0);
    }
    return at;
  };
  const repeat = (from: number, times: number): number => {
    let end = run(from, times);
    for (let round = 1; round < times; round++) end = run(from, times);
    return end;
  };
  run(0, 1);
  return html;
}
