/** A rule the inliner would drop, garble or stop at. */
export interface CssFault {
  /** Offset in the css. */
  readonly index: number;
  readonly message: string;
}

/** At-rules that are kept in the head as they are. */
const KEPT = /^@(media|font-face|(-\w+-)?keyframes|charset)\b/i;

const WAY_OUT = "put it in a <style data-embed> of the layout, which is left as it is";

/** Finds what the inliner would lose without a word: at-rules it does not know, nested rules, an open or stray brace. */
export function cssFaults(css: string): readonly CssFault[] {
  const faults: CssFault[] = [];
  const open: { readonly index: number; readonly prelude: string }[] = [];
  const source = blankOut(css);
  let start = 0;
  for (const { index, 0: mark } of source.matchAll(/[{};]/g)) {
    const raw = source.slice(start, index);
    const prelude = raw.trim();
    const at = start + raw.length - raw.trimStart().length;
    start = index + 1;
    const parent = open.at(-1);
    if (mark === "}") {
      if (open.pop() === undefined) faults.push({ index, message: "this brace closes nothing" });
      continue;
    }
    if (prelude.startsWith("@") && !KEPT.test(prelude))
      faults.push({ index: at, message: `${prelude.split(/[\s(]/)[0]} cannot be inlined: ${WAY_OUT}` });
    else if (mark === "{" && parent !== undefined && !parent.prelude.startsWith("@"))
      faults.push({ index: at, message: `nested rules cannot be inlined: write it out, or ${WAY_OUT}` });
    if (mark === "{") open.push({ index: at, prelude });
  }
  for (const { index } of open) faults.push({ index, message: "this rule is never closed" });
  return faults;
}

/** Comments, strings and urls as spaces, so that offsets stay and braces in them do not count. */
function blankOut(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|url\([^)]*\)/g, (match) =>
    match.replace(/[^\n]/g, " "),
  );
}
