import juice from "juice";
import { describe, expect, it } from "vitest";
import { cssFaults } from "../../src/rendering/css-faults.ts";
import { inlineCss } from "../../src/rendering/inline-css.ts";
import { setupTemplates } from "../support/templates.ts";

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

    expect(head.replace(/\s+/g, " ")).toContain("a:hover { color: blue !important; }");
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

  it("with css that would be lost is an error, not a mail that looks wrong", async () => {
    const { render, renderer } = await setupTemplates({
      "layouts/l.html.hbs": layout('<link rel="stylesheet" href="a.css">'),
      "layouts/a.css": "p { color: red; b { color: blue } }",
      "user-mailer/welcome.html.hbs": "<p>x</p>",
    });
    await expect(render({ layout: "l" })).rejects.toThrow(
      /layouts\/a\.css:1:17: nested rules cannot be inlined/,
    );
    expect(await renderer.check()).toMatchObject([{ line: 1, column: 17 }]);
  });
});

describe("inlineCss", () => {
  it("inlines between braces in the data, which juice alone takes for template code", () => {
    const html = '<style>p { color: red }</style><p>{{</p><p class="x">y</p><p>}} <% a %></p>';
    expect(inlineCss(html).match(/style="color: red;"/g)).toHaveLength(3);
  });

  it("leaves juice as it was for others in the process", () => {
    const css = "p { color: red } p:first-child { color: blue } p.a { color: green } a:checked { margin: 0 }";
    const html = `<style>${css}</style><p class="a">{{x}}</p>`;
    const before = [structuredClone(juice.codeBlocks), [...juice.ignoredPseudos], juice(html)];
    inlineCss(html);
    expect([juice.codeBlocks, juice.ignoredPseudos, juice(html)]).toEqual(before);
    expect(Object.keys(juice.codeBlocks)).toContain("HBS");
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
    expect(html.replace(/\s+/g, " ")).toContain(css.split(", ").at(-1)?.replace(/ \}$/, "; }") ?? "nothing");
    expect(html).toContain("<p>x</p>");
  });

  it.each([
    ["font: 12px 'A', &quot;B C&quot;", "color: red; font: 12px 'A', 'B C';"],
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

describe("cssFaults", () => {
  it.each([
    "",
    "p { color: red } /* @layer { */ a::after { content: '}{' }",
    "@charset 'utf-8'; @font-face { font-family: x; src: url(data:a;b{) }",
    "@media print { @media (color) { p { color: red } } }",
    "@keyframes k { from { top: 0 } } @-webkit-keyframes k { to { top: 0 } }",
    "p::before, a:hover, b:focus-within { color: red }",
    "u + .body p, [data-ogsc] .a, #MessageViewBody a, p:nth-child(2n + 1):not(.a) { color: red }",
    "@media print { p:is(.a, .b) { color: red } }",
    "/* a, b:foo */ p /* , */ { color: red }",
    CSS,
  ])("accepts %j", (css) => {
    expect(cssFaults(css)).toEqual([]);
  });

  it.each([
    ["@import url(x.css); p { a: b }", 0, "@import cannot be inlined"],
    [" @layer a, b;", 1, "@layer cannot be inlined"],
    ["p {} @container (x) { p { a: b } }", 5, "@container cannot be inlined"],
    ["p { a: b; &:hover { a: c } }", 10, "nested rules cannot be inlined"],
    ["@media print { p { b { a: c } } }", 19, "nested rules cannot be inlined"],
    ["p { a: b; @media print { a: c } }", 10, "nested rules cannot be inlined"],
    ["b, p:not(.a, .b) { a: b }", 0, "a selector with a comma in brackets or quotes cannot be inlined"],
    [":is(p, b) { a: b }", 0, "a selector with a comma in brackets or quotes cannot be inlined"],
    ["p[title='a,b'] { a: b }", 0, "a selector with a comma in brackets or quotes cannot be inlined"],
    ["b { a: b } p:foo { a: b }", 11, '"p:foo" is no selector that can be inlined'],
    ["p { a: b } -->", 11, "a comment of html has no place in a stylesheet"],
    ["p { a: b", 0, "this rule is never closed"],
    ["p { a: b } }", 11, "this brace closes nothing"],
  ])("finds the fault in %j", (css, index, message) => {
    expect(cssFaults(css)).toEqual([{ index, message: expect.stringContaining(message) }]);
  });
});
