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
    const before = structuredClone(juice.codeBlocks);
    inlineCss("<style>p { color: red }</style><p>x</p>");
    expect(juice.codeBlocks).toEqual(before);
    expect(Object.keys(before)).toContain("HBS");
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
    ["p { a: b", 0, "this rule is never closed"],
    ["p { a: b } }", 11, "this brace closes nothing"],
  ])("finds the fault in %j", (css, index, message) => {
    expect(cssFaults(css)).toEqual([{ index, message: expect.stringContaining(message) }]);
  });
});
