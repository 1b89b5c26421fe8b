/** A rule the inliner would drop, garble or stop at. */
export interface CssFault {
  /** Offset in the css. */
  readonly index: number;
  readonly message: string;
}

/** At-rules that are kept in the head as they are. */
const KEPT = /^@(media|font-face|(-\w+-)?keyframes|charset)\b/i;

const WAY_OUT = "put it in a <style data-embed> of the layout, which is left as it is";

interface OpenRule {
  readonly index: number;
  readonly prelude: string;
}

/** Finds what the inliner would lose without a word: at-rules it does not know, nested rules, unbalanced braces. */
export function cssFaults(css: string): readonly CssFault[] {
  const faults: CssFault[] = [];
  const open: OpenRule[] = [];
  const source = blankOut(css);
  let start = 0;
  for (const { index, 0: mark } of source.matchAll(/[{};]/g)) {
    const rule = ruleBetween(source, start, index);
    start = index + 1;
    if (mark === "}" && open.pop() === undefined)
      faults.push({ index, message: "this brace closes nothing" });
    if (mark === "}") continue;
    const message = ruleFault(rule, mark === "{" ? open.at(-1) : undefined);
    if (message !== undefined) faults.push({ index: rule.index, message });
    if (mark === "{") open.push(rule);
  }
  return [...faults, ...open.map(({ index }) => ({ index, message: "this rule is never closed" }))];
}

function ruleBetween(source: string, start: number, end: number): OpenRule {
  const raw = source.slice(start, end);
  return { index: start + raw.length - raw.trimStart().length, prelude: raw.trim() };
}

function ruleFault({ prelude }: OpenRule, parent: OpenRule | undefined): string | undefined {
  if (prelude.startsWith("@"))
    return KEPT.test(prelude) ? undefined : `${prelude.split(/[\s(]/)[0]} cannot be inlined: ${WAY_OUT}`;
  const nested = parent !== undefined && !parent.prelude.startsWith("@");
  return nested ? `nested rules cannot be inlined: write it out, or ${WAY_OUT}` : undefined;
}

/** Comments, strings and urls as spaces, so that offsets stay and braces in them do not count. */
export function blankOut(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)]*\)/g, (match) =>
    match.replace(/[^\n]/g, " "),
  );
}
