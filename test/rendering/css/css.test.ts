import { describe, expect, it } from "vitest";
import { inlineCss } from "../../../src/rendering/css/inline-css.ts";
import { parseSheet } from "../../../src/rendering/css/sheet.ts";
import { setupTemplates } from "../../support/templates.ts";

const CSS = `.a { color: red }
a:hover { color: blue !important }
@media (max-width: 480px) { .a { color: green !important } }
@media (prefers-color-scheme: dark) { .a { color: white !important } }`;

const layout = (head: string) => `<html><head>${head}</head><body>{{> @partial-block}}</body></html>`;

describe("the stylesheet of a layout", () => {
  it.each([
    ["next to it", '<link rel="stylesheet" href="email.css">', "layouts/email.css"],
    [
      "elsewhere below the templates folder",
      "<link rel='stylesheet' href='../css/email.css'>",
      "css/email.css",
    ],
    ["named from the templates folder", '<link href="/css/email.css" rel="stylesheet">', "css/email.css"],
  ])("is inlined from a file %s", async (_where, link, file) => {
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": layout(link),
      [file]: CSS,
      "user-mailer/welcome.html.hbs": '<a class="a">x</a>',
    });

    const { html } = await render({ layout: "l" });

    expect(html).toContain('<a class="a" style="color: red;">x</a>');
    expect(html).not.toContain("<link");
  });

  it("keeps media queries and :hover in the head", async () => {
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": layout(`<style>${CSS}</style>`),
      "user-mailer/welcome.html.hbs": '<a class="a">x</a>',
    });

    const [head = "", body = ""] = ((await render({ layout: "l" })).html ?? "").split("<body>");

    expect(head).toContain("a:hover { color: blue !important }");
    expect(head).toContain("@media (max-width: 480px)");
    expect(head).toContain("@media (prefers-color-scheme: dark)");
    expect(head).not.toContain("red");
    expect(body).toContain("color: red");
  });

  it.each([
    ['<link rel="stylesheet" href="a.css" media="print">', "p { color: red }"],
    ['<style media="print">\np { color: red }</style>', ""],
  ])("for print alone stays what it is: %s", async (head, css) => {
    const { render, renderer } = await setupTemplates({
      "layouts/l.html.hbs": layout(`${head}<style media="screen">p { margin: 0 }</style>`),
      "layouts/a.css": css,
      "user-mailer/welcome.html.hbs": "<p>x</p>",
    });
    expect((await render({ layout: "l" })).html).toBe(
      '<html><head><style media="print">\np { color: red }</style></head><body><p style="margin: 0;">x</p></body></html>',
    );
    expect(await renderer.check()).toEqual([]);
  });

  it("is found inside a block of the layout too", async () => {
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": layout('{{#if wide}}<link rel="stylesheet" href="a.css">{{/if}}'),
      "layouts/a.css": "p { color: red }",
      "user-mailer/welcome.html.hbs": "<p>x</p>",
    });
    expect((await render({ layout: "l", locals: { wide: true } })).html).toContain("color: red");
    expect((await render({ layout: "l" })).html).not.toContain("color: red");
  });

  it("is never taken for a template", async () => {
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": layout('<link rel="stylesheet" href="a.css">'),
      "layouts/a.css": "@media print{p{color:red}}p::after{content:'{{x}}'}",
      "user-mailer/welcome.html.hbs": "<p>x</p>",
    });
    expect((await render({ layout: "l" })).html).toContain("@media print");
  });

  it.each(["../../secret.css", "/../secret.css", "../layouts/../../secret.css"])(
    "is not read from %s, outside the templates folder",
    async (href) => {
      const { render } = await setupTemplates({
        "layouts/l.html.hbs": layout(`<link rel="stylesheet" href="${href}">`),
        "user-mailer/welcome.html.hbs": "x",
      });
      await expect(render({ layout: "l" })).rejects.toThrow(/outside the templates folder/);
    },
  );

  it("is never fetched: a link to the web stays a link", async () => {
    const link = '<link rel="stylesheet" href="https://fonts.example/x.css">';
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": layout(`${link}<style>p { color: red }</style>`),
      "user-mailer/welcome.html.hbs": "<p>x</p>",
    });
    expect((await render({ layout: "l" })).html).toContain(link);
  });
});

describe("inlineCss", () => {
  it("inlines between braces in the data", () => {
    const html = '<style>p { color: red }</style><p>{{</p><p class="x">y</p><p>}} <% a %></p>';
    expect(inlineCss(html).match(/style="color: red;"/g)).toHaveLength(3);
  });

  const styleOf = (css: string, body: string) =>
    Array.from(inlineCss(`<style>${css}</style>${body}`).matchAll(/ style="([^"]*)"/g), ([, style]) => style);

  it.each([
    ["li:last-child { color: red } .a { color: blue }", "color: red;"],
    ["li:not(.b) { color: red } li:first-child { color: blue }", "color: blue;"],
    ["#i { color: red } ul li.a:last-child { color: blue }", "color: red;"],
    ["li.a { color: red } ul .a { color: blue }", "color: blue;"],
    ["* { color: red } li { color: blue }", "color: blue;"],
    ["[title] { color: red } li { color: blue }", "color: red;"],
  ])("lets the rule win that wins in a browser: %s", (css, style) => {
    expect(styleOf(css, '<ul><li id="i" class="a" title="x">x</li></ul>').at(-1)).toBe(style);
  });

  it.each([
    ".b, .link:hover { color: red }",
    "p::before { content: 'x' }",
    "p:after { content: 'x' }",
    "input:checked ~ p { color: red }",
    "a:focus-visible { color: red }",
    "u + .body p { color: red }",
    ".none, [data-ogsc] p { color: red }",
    "#MessageViewBody p { color: red }",
  ])("keeps in the head what only the reader's program knows: %s", (css) => {
    const html = inlineCss(`<head><style>${css}</style></head><input checked><p>x</p>`);
    expect(html).toContain(`<style>\n${css.split(", ").at(-1)}\n</style>`);
    expect(html).toContain("<p>x</p>");
  });

  it.each([
    ["font: 12px &quot;A&quot;, &quot;B C&quot;", "color: red; font: 12px 'A', 'B C';"],
    ["font: 12px 'A', &quot;B C&quot;", "color: red; font: 12px 'A', &quot;B C&quot;;"],
    [
      "background: url(https://x.test/?a=1&amp;b=2)",
      "color: red; background: url(https://x.test/?a=1&amp;b=2);",
    ],
    [
      "background: url(data:image/png;base64,AA==)",
      "color: red; background: url(data:image/png;base64,AA==);",
    ],
    ["margin", "color: red;"],
    ["/* margin: 0 */", "color: red;"],
    [" ", "color: red;"],
    ["margin: 0; padding", "color: red; margin: 0;"],
  ])("reads the style attribute %j as browsers do", (style, expected) => {
    expect(styleOf("p { color: red }", `<p style="${style}">x</p>`)).toEqual([expected]);
    const untouched = `<b style="${style}">x</b>`;
    if (style.includes(":") && !style.includes("/*"))
      expect(inlineCss(`<style>p { color: red }</style>${untouched}`)).toContain(`style="${style}"`);
  });

  const attributesOf = (css: string, cell = "<td>") => {
    const html = inlineCss(`<style>td { ${css} }</style><table><tr>${cell}x</td></tr></table>`);
    return /<td ?(.*?) ?>/.exec(html.replace(/ style="[^"]*"/, ""))?.[1];
  };

  it.each([
    ["background-color: rgb(1, 2, 255)", 'bgcolor="#0102ff"'],
    ["background-color: #FFF", 'bgcolor="#FFF"'],
    ["background-color: transparent", ""],
    ["background-color: rgba(0, 0, 0, 0.5)", ""],
    ["background-image: none", ""],
    ["width: calc(100% - 20px)", ""],
    ["width: 50%; height: 1.5px", 'width="50%" height="1.5"'],
    ["text-align: start", ""],
    ["text-align: right; vertical-align: text-top", 'align="right"'],
  ])("gives Outlook attributes that mean the same as %s", (css, expected) => {
    expect(attributesOf(css)).toBe(expected);
  });

  it("gives back the attribute that a style would have spoilt", () => {
    expect(attributesOf("background-color: inherit", '<td bgcolor="#000000">')).toBe('bgcolor="#000000"');
  });

  it("does not let the text after a table flow around it", () => {
    const css = "table { text-align: left } td { text-align: left }";
    expect(inlineCss(`<style>${css}</style><table><tr><td>x</td></tr></table>`)).toBe(
      '<table style="text-align: left;"><tr><td style="text-align: left;" align="left">x</td></tr></table>',
    );
  });

  it("keeps comments for Outlook, entities and a style element marked data-embed", () => {
    const html =
      "<head><style data-embed>@layer x { p { color: red } }</style><style>p { margin: 0 }</style></head>" +
      "<!--[if mso]><table><tr><td><![endif]--><p>&nbsp;&#8199;</p>";
    expect(inlineCss(html)).toBe(
      "<head><style>@layer x { p { color: red } }</style></head>" +
        '<!--[if mso]><table><tr><td><![endif]--><p style="margin: 0;">&nbsp;&#8199;</p>',
    );
  });
});

/** Style attributes of a page, by the ids of their elements. */
function inlined(css: string, body: string) {
  const html = inlineCss(`<html><head><style>${css}</style></head><body>${body}</body></html>`);
  const [, head] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  const styles = Array.from(html.matchAll(/<[^>]* style="([^"]*)"/g), ([, style]) => style);
  return { head: head?.trim(), styles };
}

describe("stylesheets as real kits write them", () => {
  it.each([
    [
      "a declaration without a colon",
      "p { color: red; margin 3px; padding: 4px }",
      "color: red; padding: 4px;",
    ],
    ["a declaration that was never finished", "p { -webkit-text; color: red }", "color: red;"],
    ["a declaration without a value", "p { margin:; color: red }", "color: red;"],
    ["comments of html around the rules", "<!-- p { color: red } -->", "color: red;"],
    ["a stray quote in a value", 'p { margin: 0;"\n}\np { color: red }', "margin: 0; color: red;"],
    ["a rule that is never closed", "p { color: red", "color: red;"],
    [
      "a brace too many, which takes the next rule with it",
      "p { color: red } } p { margin: 0 } p { top: 0 }",
      "color: red; top: 0;",
    ],
    ["commas in brackets and quotes", "p:is(.x, p):not([title='a,b']) { color: red }", "color: red;"],
    [
      "a value that browsers may not know after one that they do",
      "p { color: red } .a { color: notacolor }",
      "color: red; color: notacolor;",
    ],
    ["escapes in names", ".a\\:b { color: red }", "color: red;"],
    ["letters of any size", "P { COLOR: Red }", "color: Red;"],
  ])("are read as a browser reads them: %s", (_what, css, style) => {
    expect(inlined(css, '<p class="a a:b">x</p>').styles).toEqual([style]);
  });

  it.each([
    "@import url(https://fonts.example/css?family=Ubuntu);",
    "@font-face { font-family: x; src: url(x.woff) }",
    "@goodbye { @gmail }",
    "@-ms-viewport { width: device-width }",
    "@page { margin: 0 }",
    "@supports (display: grid) { p { color: red } }",
    "@layer x { p { color: red } }",
    "@container (width > 1px) { p { color: red } }",
    "@keyframes k { from { top: 0 } }",
    "#outlook a { padding: 0 }",
    ".im { color: red }",
    ".a6S { opacity: 0.01 !important }",
    ".aBn { border-bottom: 0 !important }",
    "img.g-img + div { display: none !important }",
    'div[style*="margin: 16px 0"] { margin: 0 !important }',
    "span.MsoHyperlink { color: inherit }",
    ".yshortcuts a { color: red }",
    ".moz-text-html .col { width: 50% }",
    "[class~=x_body] p { color: red }",
    "p:nth-child(2 of .a) { color: red }",
  ])("have in the head what can only be there: %s", (kept) => {
    expect(inlined(`p { margin: 0 } ${kept}`, "<p>x</p>").head).toBe(
      kept.startsWith("@import") ? undefined : kept,
    );
    expect(inlined(`${kept} p { margin: 0 }`, "<p>x</p>")).toEqual({ head: kept, styles: ["margin: 0;"] });
  });

  it("may hold rules for what mail programs add that meet an element of the mail too", () => {
    const { head, styles } = inlined(".gmail-fix { color: red }", '<p class="gmail-fix">x</p>');
    expect([head, styles]).toEqual([".gmail-fix { color: red }", ["color: red;"]]);
  });

  it("keep nested rules in the head, and write what stands beside them", () => {
    const css = "p { color: red; &:hover { color: blue } b { margin: 0 } }";
    expect(inlined(css, "<p>x</p>")).toEqual({ head: css, styles: ["color: red;"] });
  });

  it("lose a rule whose selector is none, whole, as in a browser", () => {
    expect(inlined("p, ?b { color: red } p { margin: 0 }", "<p>x</p>")).toEqual({
      head: undefined,
      styles: ["margin: 0;"],
    });
  });
});

describe("what wins", () => {
  it.each([
    ["p { color: red } :where(.a) { color: blue }", "color: red;"],
    [".a { color: red } :is(p) { color: blue }", "color: red;"],
    ["p { color: red } :is(p, #x) { color: blue } .a { color: green }", "color: blue;"],
    ["p:has(b) { color: red } p { color: blue }", "color: red;"],
    ["p:not(#x) { color: red } .a.a { color: blue }", "color: red;"],
    ["p:nth-child(1) { color: red } p.a { color: blue }", "color: blue;"],
    ["p { color: red !important } .a { color: blue }", "color: red;"],
    [".a { margin-left: 1px } p { margin: 0 }", "margin: 0; margin-left: 1px;"],
  ])("by the weight of its own selector: %s", (css, style) => {
    expect(inlined(css, '<p class="a"><b>x</b></p>').styles).toEqual([style]);
  });

  it("is a:link over a, on a link", () => {
    const css = "a:link { color: blue } a { color: red }";
    expect(inlined(css, '<a href="https://x.test">x</a><a>y</a>').styles).toEqual([
      "color: blue;",
      "color: red;",
    ]);
  });

  it("meets rows of a table without tbody as browsers do, and writes a tbody that has a style", () => {
    expect(
      inlineCss(
        '<style>.t > tbody > tr > td { color: red }</style><table class="t"><tr><td>x</td></tr></table>',
      ),
    ).toBe('<table class="t"><tr><td style="color: red;">x</td></tr></table>');
    expect(inlineCss("<style>tbody { color: red }</style><table><thead></thead><tr></tr></table>")).toBe(
      '<table><thead></thead><tbody style="color: red;"><tr></tr></tbody></table>',
    );
  });

  const MEDIA = "@media (max-width: 600px)";

  it.each([
    [
      "an important style attribute stays important",
      `p { margin: 0 } ${MEDIA} { .a { display: block !important } }`,
      "display: none !important",
      ["margin: 0; display: none !important;"],
      `${MEDIA} { .a { display: block !important } }`,
    ],
    [
      "an important rule stays important against a weaker one in the head",
      `.a.b { margin: 0 !important } ${MEDIA} { .a { margin: 9px !important } }`,
      "",
      ["margin: 0 !important;"],
      `${MEDIA} { .a { margin: 9px !important } }`,
    ],
    [
      "an important rule gives way to a stronger one in the head",
      `.a { margin: 0 !important } ${MEDIA} { .a.b { margin: 9px !important } }`,
      "",
      ["margin: 0;"],
      `${MEDIA} { .a.b { margin: 9px !important } }`,
    ],
    [
      "between the two it is in the head as well",
      `.a { margin: 0 !important } ${MEDIA} { p { margin: 1px !important } .a.b { margin: 9px !important } }`,
      "",
      ["margin: 0;"],
      `.a { margin: 0 !important }\n${MEDIA} { p { margin: 1px !important } .a.b { margin: 9px !important } }`,
    ],
    [
      "a rule in the head that would win is made important",
      `p { color: red } ${MEDIA} { p { color: blue; margin: 0 } } p:hover { color: green }`,
      "",
      ["color: red;"],
      `${MEDIA} { p { color: blue !important; margin: 0 } }\np:hover { color: green !important }`,
    ],
    [
      "one that would lose is not",
      `${MEDIA} { p { color: blue } } p { color: red }`,
      "",
      ["color: red;"],
      `${MEDIA} { p { color: blue } }`,
    ],
    [
      "what goes before it is made important as well",
      `p { color: red } .a { color: green } ${MEDIA} { p { color: blue } }`,
      "",
      ["color: green;", "color: red;"],
      `.a { color: green !important }\n${MEDIA} { p { color: blue !important } }`,
    ],
    [
      "and so is a style attribute",
      `p { color: red } ${MEDIA} { p { color: blue } }`,
      "color: green",
      ["color: green !important;", "color: red;"],
      `${MEDIA} { p { color: blue !important } }`,
    ],
    [
      "a layer in the head gives way to what is in none",
      "p { color: red } @layer x { p.a.b { color: blue } }",
      "",
      ["color: red;"],
      "@layer x { p.a.b { color: blue } }",
    ],
  ])("in a browser wins at every width: %s", (_what, css, style, styles, head) => {
    const body = `<p class="a b"${style && ` style="${style}"`}>x</p>${styles.length > 1 ? "<p>y</p>" : ""}`;
    expect(inlined(css, body)).toEqual({ head, styles });
  });
});

describe("custom properties", () => {
  it.each([
    [":root { --b: red } p { color: var(--b) }", "<p>x</p>", ["color: red;"]],
    [":root { --b: red } p { color: var(--b) }", '<p style="--b: blue">x</p>', ["color: blue;"]],
    [
      ":root { --b: red } p { color: var(--b) }",
      '<div style="--b: blue"><p>x</p></div>',
      ["--b: blue", "color: blue;"],
    ],
    [":root { --b: red }", '<p style="color: var(--b)">x</p>', ["color: red;"]],
    ["p { color: var(--b, var(--c, red)) }", "<p>x</p>", ["color: red;"]],
    ["p { margin: 0; color: green; color: var(--b) }", "<p>x</p>", ["margin: 0; color: unset;"]],
    [":root { --b: var(--c); --c: var(--b) } p { color: var(--b, red) }", "<p>x</p>", ["color: red;"]],
    [
      ":root { --b: 1px } .a { --b: 2px } p { margin: 0 var(--b) calc(var(--b) * 2) }",
      '<p class="a">x</p>',
      ["margin: 0 2px calc(2px * 2);"],
    ],
  ])("are filled in: %s for %s", (css, body, styles) => {
    expect(inlined(css, body).styles).toEqual(styles);
    expect(inlined(css, body).head).toBeUndefined();
  });

  it("are filled in where the page does not write its html element", () => {
    expect(inlineCss("<style>:root { --b: red } p { color: var(--b) }</style><p>x</p>")).toBe(
      '<p style="color: red;">x</p>',
    );
  });

  it("stay in the head where a rule there asks for them", () => {
    const { head, styles } = inlined(
      ":root { --b: red; --c: blue } p { color: var(--b) } a:hover { color: var(--b) }",
      "<p>x</p>",
    );
    expect(head).toBe(":root { --b: red }\na:hover { color: var(--b) }");
    expect(styles).toEqual(["color: red;"]);
  });

  it("are decided in the head where a rule there sets them", () => {
    const dark = "@media (prefers-color-scheme: dark) { :root { --b: white } }";
    const { head, styles } = inlined(`:root { --b: red } ${dark} p { color: var(--b) }`, "<p>x</p>");
    expect(head).toBe(`:root { --b: red }\n${dark}\np { color: var(--b) !important }`);
    expect(styles).toEqual(["color: red;"]);
  });
});

describe("what a stylesheet is told of", () => {
  it.each([
    "",
    "p { color: red } /* @layer { */ a::after { content: '}{' }",
    "@charset 'utf-8'; @font-face { font-family: x; src: url(data:a;b,{) }",
    "@media print { @media (color) { p { color: red } } }",
    "u + .body p, [data-ogsc] .a, #MessageViewBody a, p:nth-child(2n + 1):not(.a) { color: red }",
    "/* a, b:foo */ p /* , */ { color: red /* x */ }",
    "<!-- p { color: red } -->",
    "@import url(x.css); @goodbye { @gmail } @-ms-viewport { width: 1px } @page { margin: 0 }",
    "p { *zoom: 1; filter: progid:DXImageTransform.Microsoft.gradient(a='x') }",
    CSS,
  ])("is nothing for %j", (css) => {
    expect(parseSheet(css).notes).toEqual([]);
  });

  it.each([
    ["p { color: red; margin 3px; }", 16, '"margin 3px;" is no declaration'],
    ["p { margin: ; }", 4, "margin has no value"],
    ['p { margin: 0;"\n }', 14, "a browser skips what follows this quote"],
    ["p { a: b } @import url(x.css);", 11, "a browser skips this @import"],
    ["p {} @container (x) { p { a: b } }", 5, "@container stays in the head"],
    ["p { a: b; &:hover { a: c } }", 2, "the rules nested in this one stay in the head"],
    ["b { a: b } p:foo { a: b }", 11, '"p:foo" is not known here'],
    ["b { a: b } ?p { a: b }", 11, '"?p" is no selector'],
    ["p { a: b", 2, "this brace is never closed"],
    ["p { a: b } }", 11, "it is no rule"],
  ])("is where what it may not expect is in %j", (css, index, message) => {
    expect(parseSheet(css).notes).toEqual([{ index, message: expect.stringContaining(message) }]);
  });

  it("is said by check as advice, with file, line and column, and fails no mail", async () => {
    const { render, renderer } = await setupTemplates({
      "layouts/l.html.hbs": layout(
        '<link rel="stylesheet" href="a.css"><style>\nb { margin 3px; top: {{x}} }</style>',
      ),
      "layouts/a.css": "p { color: red;\n  -webkit-text; }",
      "user-mailer/welcome.html.hbs": "<p>x</p>",
    });
    expect(await renderer.check()).toEqual([]);
    expect(await renderer.advice()).toMatchObject([
      {
        file: expect.stringMatching(/layouts\/a\.css$/),
        line: 2,
        column: 3,
        message: expect.stringContaining('"-webkit-text;"'),
      },
      {
        file: expect.stringMatching(/layouts\/l\.html\.hbs$/),
        line: 2,
        column: 5,
        message: expect.stringContaining('"margin 3px;"'),
      },
      { message: expect.stringContaining("expression-in-style") },
    ]);
    expect((await render({ layout: "l", locals: { x: "0" } })).html).toContain(
      '<p style="color: red;">x</p>',
    );
  });
});

it("what cannot win as in a browser is named by check, with its place", async () => {
  // Made important, the rule of the head that asks for an id would go before the one that is important already.
  const css =
    "p { color: red }\n@media (x) { p#i { color: blue } }\n@media (y) { p { color: green !important } }\n";
  for (const head of [`<style>${css}</style>`, '<link rel="stylesheet" href="a.css">']) {
    const { renderer } = await setupTemplates({
      "user-mailer/welcome.html.hbs": `<html><head>${head}</head><body><p id="i">x</p></body></html>`,
      "user-mailer/a.css": css,
    });
    const advice = await renderer.advice();
    expect(advice).toMatchObject([
      {
        line: 3,
        column: 18,
        message: expect.stringContaining('"color: green" cannot win wherever it does in a browser'),
      },
    ]);
    expect(advice[0]?.file).toMatch(head.includes("link") ? /a\.css$/ : /welcome\.html\.hbs$/);
  }
});

describe("style and link elements", () => {
  it.each([
    ["<!-- the <style> element is below --><style>p { color: red }</style>"],
    ['<!-- <link rel="stylesheet" href="old.css"> --><style>p { color: red }</style>'],
    ['{{!-- <style> <link rel="stylesheet" href="old.css"> --}}<style>p { color: red }</style>'],
    ["<!--[if mso]><style>p { margin 3px } b:foo {</style><![endif]--><style>p { color: red }</style>"],
    ['<!-- {{x}} <link rel="stylesheet" href="old.css"> {{x}} --><style>p { color: red }</style>'],
    ['<script>"<style>"</script><style>p { color: red }</style>'],
    ['<!--[if !mso]><!--><link rel="stylesheet" href="a.css"><!--<![endif]-->'],
    ['<link\n  href="a.css" title="a > b" rel=stylesheet>'],
  ])("in comments are comments: %s", async (head) => {
    const { render, renderer } = await setupTemplates({
      "user-mailer/welcome.html.hbs": `<html><head>${head}</head><body><p>x</p></body></html>`,
      "user-mailer/a.css": "p { color: red }",
    });
    expect(await renderer.check()).toEqual([]);
    expect(
      (await renderer.advice())
        .map(({ message }) => message)
        .filter((each) => !each.includes("styles are inlined")),
    ).toEqual([]);
    const { html } = await render({ locals: { x: "y" } });
    expect(html).toContain('<p style="color: red;">x</p>');
    if (head.includes("old.css") && !head.includes("{{!"))
      expect(html).toContain('<link rel="stylesheet" href="old.css">');
  });
});
