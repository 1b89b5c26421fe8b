import { canInline } from "./inline-css.ts";
import { isKept } from "./kept-selectors.ts";

/** A rule the inliner would drop, garble or stop at. */
export interface CssFault {
  /** Offset in the css. */
  readonly index: number;
  readonly message: string;
}

/** At-rules that are kept in the head as they are. */
const KEPT = /^@(media|font-face|(-\w+-)?keyframes|charset)\b/i;

const WAY_OUT = "put it in a <style data-embed> of the layout, which is left as it is";

/** Stands for a character of a template's expression: of what it prints nothing is known here. */
export const UNKNOWN = "\ue000";

const MAX_SHOWN = 60;

interface OpenRule {
  readonly index: number;
  /** Without what is in strings. */
  readonly prelude: string;
  readonly written: string;
}

/**
 * Finds what the inliner would lose without a word: at-rules and selectors it does not know, nested rules, unbalanced braces.
 * @param css with `UNKNOWN` in place of a template's expressions
 */
export function cssFaults(css: string): readonly CssFault[] {
  const faults: CssFault[] = [];
  const open: OpenRule[] = [];
  const source = blankOut(css.replaceAll(UNKNOWN, " "));
  let start = 0;
  for (const { index, 0: mark } of source.matchAll(/[{};]/g)) {
    const rule = ruleBetween(source, css, start, index);
    start = index + 1;
    if (mark === "}" && open.pop() === undefined)
      faults.push({ index, message: "this brace closes nothing" });
    if (mark === "}") continue;
    const message = mark === "{" ? ruleFault(rule, open.at(-1)) : atRuleFault(rule.prelude);
    if (message !== undefined) faults.push({ index: rule.index, message });
    if (mark === "{") open.push(rule);
  }
  for (const { index } of source.matchAll(/<!--|-->/g))
    faults.push({ index, message: "a comment of html has no place in a stylesheet: take it out" });
  return [...faults, ...open.map(({ index }) => ({ index, message: "this rule is never closed" }))];
}

function ruleBetween(source: string, css: string, start: number, end: number): OpenRule {
  const raw = source.slice(start, end);
  const index = start + raw.length - raw.trimStart().length;
  return { index, prelude: raw.trim(), written: css.slice(index, end).trim() };
}

function ruleFault({ prelude, written }: OpenRule, parent: OpenRule | undefined): string | undefined {
  const fault = atRuleFault(prelude);
  if (fault !== undefined) return fault;
  if (parent && !parent.prelude.startsWith("@"))
    return `nested rules cannot be inlined: write it out, or ${WAY_OUT}`;
  const isInlined = parent === undefined && !prelude.startsWith("@") && !written.includes(UNKNOWN);
  return isInlined ? selectorFault(written) : undefined;
}

function atRuleFault(prelude: string): string | undefined {
  if (!prelude.startsWith("@") || KEPT.test(prelude)) return undefined;
  return `${prelude.split(/[\s(]/)[0]} cannot be inlined: ${WAY_OUT}`;
}

function selectorFault(written: string): string | undefined {
  const list = written.replace(/\/\*[\s\S]*?\*\//g, " ");
  const wrong = list.split(",").find((selector) => !isKept(selector) && !canInline(selector));
  if (wrong === undefined) return undefined;
  // The inliner takes every comma for the end of a selector.
  if (list.includes(",") && canInline(list))
    return `a selector with a comma in brackets or quotes cannot be inlined: write it out, or ${WAY_OUT}`;
  return `${JSON.stringify(wrong.trim().slice(0, MAX_SHOWN))} is no selector that can be inlined: ${WAY_OUT}`;
}

/** Comments, strings and urls as spaces, so that offsets stay and braces in them do not count. */
export function blankOut(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)]*\)/g, (match) =>
    match.replace(/[^\n]/g, " "),
  );
}
