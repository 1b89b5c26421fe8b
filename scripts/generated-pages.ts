import fc from "fast-check";
import type { Case } from "./kits.ts";

const SELECTORS = [
  "p",
  "div",
  "b",
  "a",
  "td",
  "*",
  ".a",
  ".b",
  ".a.b",
  "p.a",
  "div .a",
  "div > p",
  "#i",
  "#i .b",
  "td b",
  "tbody > tr > td",
  "table tr td",
  "p:first-child",
  "p:not(.a)",
  "p:not(#i)",
  "b:nth-child(2)",
  "td:last-child",
  "div:has(b)",
  ":is(p, .b)",
  ":where(.a, #i)",
  "p:is(#i, b)",
  "a:link",
  "a[href]",
  "[title='x, y']",
  "p + p",
  "p ~ b",
  "div:empty",
  ":root",
  "p, b",
  ".a, td",
  "body",
  "p:nth-child(odd of .a)",
  "P.a",
];

const DECLARATIONS = [
  "color: red",
  "color: blue",
  "color: rgb(0 128 0)",
  "COLOR: GRAY",
  "color: notacolor",
  "color: var(--x)",
  "color: var(--y, teal)",
  "--x: purple",
  "--x: var(--y)",
  "margin: 1px",
  "margin-left: 2px",
  "margin: 3px 4px",
  "margin-left: bogus",
  "padding: 5px",
  "padding: 6px 7px 8px",
  "padding-top: 9px",
  "border: 1px solid red",
  "border-left: 2px dotted blue",
  "border-color: green",
  "border-top-width: 3px",
  "border-radius: 4px",
  "border-top-left-radius: 5px",
  "font: 12px serif",
  "font-size: 20px",
  "line-height: 30px",
  "font: bold 10px/12px 'A B', \"C\"",
  "text-decoration: underline",
  "text-decoration-color: red",
  "background: yellow",
  "background-color: pink",
  "background: url(data:image/gif;base64,AA) no-repeat",
  "display: block",
  "display: none",
  "width: 50%",
  "width: 100px",
  "height: 20px",
  "text-align: center",
  "vertical-align: top",
  "list-style: none",
  "overflow: hidden",
  "flex: 1",
  "inset: 1px",
  "top: 2px",
  "all: unset",
  "opacity: .5",
  "margin 3px",
  "-webkit-text",
  "color:",
  "/* x */",
  "*zoom: 1",
  "mso-line-height-rule: exactly",
  "content: 'x'",
];

const CONDITIONS = [
  "@media (max-width: 600px)",
  "@media (prefers-color-scheme: dark)",
  "@media screen and (min-width: 500px)",
  "@media print",
  "@supports (display: grid)",
  "@supports (x: y)",
  "@media all",
  "@container (width > 1px)",
];

const ODD = [
  "@font-face { font-family: x; src: url(x) }",
  "@goodbye { @gmail }",
  "@-ms-viewport { width: device-width }",
  "@page { margin: 0 }",
  "p::before { content: 'x'; color: red }",
  "@keyframes k { from { top: 0 } }",
  "a:hover { color: red }",
  "p:foo { color: red }",
  "p, b:foo { color: lime }",
  "?b { color: red }",
  "<!--",
  "-->",
  ".im { color: red }",
  "p { color: red; &:hover { color: blue } }",
  "@layer { p { color: red } }",
  "@charset 'utf-8';",
  'p { margin: 1px;"\n}',
];

const declaration = fc
  .tuple(fc.constantFrom(...DECLARATIONS), fc.integer({ min: 0, max: 5 }))
  .map(([text, roll]) => (roll === 0 && text.includes(":") ? `${text} !important` : text));

const rule = fc
  .tuple(fc.constantFrom(...SELECTORS), fc.array(declaration, { minLength: 1, maxLength: 4 }))
  .map(([selector, declarations]) => `${selector} { ${declarations.join("; ")} }`);

const conditional = fc
  .tuple(fc.constantFrom(...CONDITIONS), fc.array(rule, { minLength: 1, maxLength: 3 }))
  .map(([condition, rules]) => `${condition} { ${rules.join(" ")} }`);

const css = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: rule },
      { weight: 3, arbitrary: conditional },
      { weight: 1, arbitrary: fc.constantFrom(...ODD) },
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((statements) => statements.join("\n"));

const style = fc
  .array(declaration, { maxLength: 2 })
  .map((declarations) =>
    declarations.length === 0 ? "" : ` style="${declarations.join("; ").replaceAll('"', "&quot;")}"`,
  );

const attributes = fc
  .tuple(fc.constantFrom("", ' class="a"', ' class="b"', ' class="a b"', ' id="i"', ' title="x, y"'), style)
  .map((parts) => parts.join(""));

const body = fc
  .array(attributes, { minLength: 10, maxLength: 10 })
  .map(
    ([a, b, c, d, e, f, g, h, i, j]) =>
      `<div${a}><p${b}>x<b${c}>y</b><b${d}>z</b></p><p${e}>x</p></div><a href="https://x.test"${f}>l</a><div${g}></div>` +
      `<table${h}><tr><td${i}>1</td><td${j}><b>2</b></td></tr></table>`,
  );

/** Pages with style sheets that nobody would write, the same for the same seed. */
export function generatedPages(count: number, seed: number): readonly Case[] {
  const page = fc
    .tuple(fc.array(css, { minLength: 1, maxLength: 2 }), body)
    .map(
      ([sheets, html]) =>
        `<!doctype html><html><head>${sheets.map((each) => `<style>${each}</style>`).join("")}</head><body>${html}</body></html>`,
    );
  return fc
    .sample(page, { numRuns: count, seed })
    .map((html, index) => ({ name: `generated ${seed}/${index}`, html }));
}
