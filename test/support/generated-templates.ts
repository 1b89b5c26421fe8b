import fc from "fast-check";

/** A mail with its layout, stylesheet and partials, as the files of a templates folder. */
export type Files = Readonly<Record<string, string>>;

const SELECTORS = [
  ..."p|div|b|a|td|li|h1|*|.k|.l|.k .l|div p|div > p|table td|p.k|#i|ul li|u + .body p|a:hover|p:first-child:hover".split(
    "|",
  ),
  ..."li:first-child|p::before|.k:checked|p:focus-within b|p + p|p ~ b|p:not(.k)|[title]|a[href^='x']|td:last-child|p:empty|div:has(b)|::selection".split(
    "|",
  ),
];

const DECLARATIONS = [
  "color: red",
  "margin: 0; padding: 1px 2px",
  "width: 100px",
  "text-align: center",
  "background-color: #fff !important",
  "font: 12px 'A B', serif",
  "color: var(--x, blue)",
  "--x: green",
  "background-color: transparent; vertical-align: top",
  "background-color: rgb(1, 2, 3); height: calc(1px + 1%)",
  "width: 50%; text-align: left !important",
];

const rule = fc
  .tuple(fc.constantFrom(...SELECTORS), fc.constantFrom(...DECLARATIONS))
  .map(([selector, declarations]) => `${selector} { ${declarations} }`);

const css = fc
  .tuple(fc.array(rule, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(
    ([rules, media]) =>
      `${rules.join("\n")}${media ? "\n@media print { p { color: black !important } }" : ""}\n`,
  );

const word = fc.constantFrom("word", "two words", " ", "\n", "a - b", "&amp; &nbsp;", "é", '"q" =""', "x=y");
const value = fc.constantFrom(
  "{{a}}",
  "{{b}}",
  "{{obj.a}}",
  "{{url}}",
  "{{../a}}",
  "{{@root.b}}",
  "{{number}}",
  '{{lookup obj "a"}}',
  "\n{{! on a line of its own }}\n",
  "x \n  {{!-- and another --}}  \n y ",
);
const oddText = fc.constantFrom(
  "&{{a}};",
  "&#{{number}};",
  "<textarea>{{a}}</textarea>",
  "{{../a}}",
  "{{{a}}}",
  "{{&b}}",
  "<",
  "<!-- -{{a}}-> -->",
  "</p>",
  "<div>",
  "<li>",
  "</b>",
  "<p",
  ">",
);

const safeAttribute = fc.constantFrom(
  ' class="k"',
  ' class="k l"',
  " class='l'",
  ' id="i"',
  ' style="color: blue"',
  ' href="{{url}}"',
  ' title="{{a}} x {{b}}"',
  " title='{{a}}'",
  ' href="x{{#if yes}}y{{else}}{{b}}{{/if}}"',
  ' alt=""',
  " hidden",
  ' width="10" align="left"',
  ' TITLE="x"',
  ' aria-hidden="true"',
  ' style="font: 12px &quot;A&quot;; broken; /* note */"',
  ' style=" "',
  ' bgcolor="red" height="{{number}}"',
);

const oddAttribute = fc.constantFrom(
  ' class="{{a}}"',
  ' class="k{{#if yes}} l{{/if}}"',
  ' style="color: {{a}}"',
  ' style="display: {{#if yes}}none{{/if}}"',
  ' hidden="{{a}}"',
  ' id="{{a}}"',
  " href={{url}}",
  ' {{#if yes}}class="k"{{/if}}',
  " {{a}}",
  ' data-{{a}}="x"',
  ' role="{{a}}"',
  ' aria-hidden="{{a}}"',
  ' title="x" title="y"',
);

const often = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 60, arbitrary: usual }, { weight: 1, arbitrary: odd });

const attributes = fc
  .uniqueArray(often(safeAttribute, oddAttribute), {
    maxLength: 3,
    selector: (attribute) => /[a-z-]+(?==|$)/i.exec(attribute)?.[0].toLowerCase(),
  })
  .map((list) => list.join(""));

const BLOCKS: readonly ((first: string, second: string) => string)[] = [
  (a, b) => `{{#if yes}}${a}{{else}}${b}{{/if}}`,
  (a) => `{{#unless yes}}${a}{{/unless}}`,
  (a, b) => `{{#each items}}${a}{{else}}${b}{{/each}}`,
  (a) => `{{#with obj}}${a}{{/with}}`,
  (a) => `{{#obj}}${a}{{/obj}}`,
  (a, b) => `{{#if yes}}${a}{{else if no}}${b}{{/if}}`,
  (a) => `{{~#if no~}} ${a} {{~/if~}}`,
  (a) => `{{#> box}}${a}{{/box}}`,
  (a) => `{{#> box a=b}}{{> card}}${a}{{/box}}`,
  () => "{{> card a=b}}",
  () => "{{> card obj}}",
  (a) => `{{! note }}${a}{{!-- other --}}`,
  (a) => `${a} {{~! note ~}} {{! other }} ${a}`,
  (a, b) => `\n  {{#if yes}}\n${a}\n  {{else}}\n${b}\n  {{/if}}\n`,
  (a) => `{{#each items as |item|~}}\n${a}\n{{~/each}}`,
  () => "\n  {{> card a=b}}\n",
  (a) => `{{#if (lookup obj "yes")}}${a}{{/if}}`,
  (a) => `{{#> foot}}${a}{{/foot}}`,
  (a) => `<!--[if mso]>${a.replaceAll("--", "")}<![endif]-->`,
  (a) => `<!--[if !mso]><!-->${a.replaceAll("--", "")}<!--<![endif]-->`,
];

const { html } = fc.letrec<{ html: string; node: string; block: string; element: string }>((tie) => ({
  html: fc.array(tie("node"), { maxLength: 4 }).map((nodes) => nodes.join("")),
  node: often(
    fc.oneof(
      { maxDepth: 4, depthSize: "medium", depthIdentifier: "html" },
      word,
      value,
      tie("element"),
      tie("element"),
      tie("block"),
    ),
    oddText,
  ),
  element: fc
    .tuple(
      fc.constantFrom(
        "p",
        "div",
        "b",
        "a",
        "h1",
        "ul",
        "table",
        "img",
        "br",
        "title",
        "ol",
        "layout",
        "pre",
        "center",
      ),
      attributes,
      tie("html"),
    )
    .map(([tag, given, inner]) => elementOf(tag, given, inner)),
  block: fc
    .tuple(fc.nat({ max: BLOCKS.length - 1 }), tie("html"), tie("html"))
    .map(([which, first, second]) => BLOCKS[which]?.(first, second) ?? ""),
}));

function elementOf(tag: string, given: string, inner: string): string {
  if (tag === "img" || tag === "br") return `<${tag}${given}>`;
  if (tag === "ul" || tag === "ol")
    return `<${tag}><li${given}>${inner}</li>{{#each items}}<li>{{a}}</li>{{/each}}</${tag}>`;
  if (tag === "table")
    return `<table${given}><tr><td>${inner}</td>{{#if yes}}<td>{{a}}</td>{{/if}}</tr></table>`;
  if (tag === "layout") return `<table role="presentation"><tr><td${given}>${inner}</td></tr></table>`;
  if (tag === "title") return `<title>{{a}}{{#if yes}} {{b}}{{/if}}</title>`;
  return `<${tag}${given}>${inner}</${tag}>`;
}

const layout = fc
  .tuple(
    html,
    fc.constantFrom("", "{{> @partial-block}}", "<div class='k'>{{> @partial-block}}</div>"),
    fc.boolean(),
  )
  .map(
    ([around, again, link]) =>
      `<!doctype html>\n<html><head><title>{{@subject}}</title>${link ? '<link rel="stylesheet" href="l.css">' : '<style>p { color: red } .k { margin: 0 }</style><style media="print">p { color: blue }</style>'}</head>` +
      `<body class="body">{{#> head}}${around}{{/head}}<div>{{> @partial-block}}</div>${again}{{#> foot}}<p>{{a}}</p>{{/foot}}</body></html>`,
  );

/** Mostly what people write, now and then what nobody should. */
export const files: fc.Arbitrary<Files> = fc
  .record({ layout, css, mail: html, card: html, box: html, foot: fc.option(html), style: fc.boolean() })
  .map(({ layout: around, css: sheet, mail, card, box, foot, style }) => ({
    "layouts/l.html.hbs": around,
    "layouts/l.css": sheet,
    "user-mailer/welcome.html.hbs": `${foot === null ? "" : `{{#*inline "foot"}}${foot}{{/inline}}`}${mail}`,
    "partials/card.html.hbs": `<div class="card">${withoutPartials(card)}</div>`,
    "partials/box.html.hbs": `${style ? "<style>.k { border: 0 }</style>" : ""}${withoutPartials(box)}{{> @partial-block}}`,
  }));

/** Partials that include each other without end say nothing here. */
function withoutPartials(template: string): string {
  return template.replace(/\{\{#?> ?(box|card)[^}]*\}\}|\{\{\/box\}\}/g, "");
}

const hostile = fc.constantFrom(
  ..."|<b>x</b>|a  b| x|x |-->|-|>|</style>|{{a}}|$&|{{{b}}}|&amp;|\"'`=|two words|mailto:a@x.test|#top|https://x.test/?a=1&b=2|x\ny|\u00a0|k|l|color: red".split(
    "|",
  ),
);
const text = fc.oneof(
  hostile,
  fc.string({ unit: "grapheme", maxLength: 8 }),
  fc.constantFrom("word", "Ann", "x"),
);

const fields = { a: text, b: text, url: text, number: fc.integer(), yes: fc.boolean(), no: fc.boolean() };
const leaf = fc.record({ ...fields, obj: fc.record(fields), items: fc.constant([]) });
const inner = fc.record({ ...fields, obj: leaf, items: fc.array(leaf, { maxLength: 2 }) });

/** What the templates are filled with: every block has all names inside, so that few mails fail for a missing one. */
export const locals = fc.record({ ...fields, obj: inner, items: fc.array(inner, { maxLength: 3 }) });
