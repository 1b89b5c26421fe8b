import { describe, expect, it } from "vitest";
import { inlineCss } from "../../../src/rendering/css/inline-css.ts";
import { Renderer } from "../../../src/rendering/renderer.ts";
import { setupTemplates } from "../../support/templates.ts";

const CSS = ".a { color: red }\nli { margin: 0 }\n";

const page = (css: string, body = "{{> @partial-block}}") =>
  `<html><head><style>${css}</style></head><body>${body}</body></html>`;

async function patternsOf(files: Readonly<Record<string, string>>) {
  const { renderer } = await setupTemplates(files);
  const advice = await renderer.advice();
  return advice.map(({ file, line, message }) => {
    const [, pattern] = /\(([a-z-]+)\)/.exec(message) ?? [];
    return `${pattern} ${file.split("/").slice(-2).join("/")}:${line}`;
  });
}

/** A mail in one file, with the css in its head. */
const mail = (body: string, css = CSS) => ({ "user-mailer/welcome.html.hbs": page(css, body) });

const WELCOME = "user-mailer/welcome.html.hbs";

describe("what cannot be inlined once", () => {
  it.each<[string, string, string?]>([
    ["class-expression", '<p class="{{kind}}">x</p>'],
    ["class-expression", '<p class="a{{#if b}} b{{/if}}">x</p>'],
    ["class-expression", '<p class="{{> kind}}">x</p>'],
    ["id-expression", '<p id="{{kind}}">x</p>', "#top { color: red }"],
    ["style-expression", '<p style="width: {{width}}%">x</p>'],
    ["attribute-selector", '<a href="{{url}}">x</a>', 'a[href^="https"] { color: red }'],
    ["attribute-selector", '<a href="{{url}}">x</a>', "a:not([href]) { color: red }"],
    ["expression-in-tag", '<p {{#if b}}class="a"{{/if}}>x</p>'],
    ["expression-in-tag", '<p {{> kind}} title="x">x</p>'],
    ["tag-name", "<h{{level}}>x</h1>"],
    ["tag-name", '<p data-{{name}}="1">x</p>'],
    ["unquoted-attribute", "<a href={{url}}>x</a>"],
    ["siblings", "<ul>{{#each items}}<li>{{this}}</li>{{/each}}</ul>", "li:first-child { color: red }"],
    ["siblings", "<ul>{{#each items}}<li>{{this}}</li>{{/each}}</ul>", "li + li { color: red }"],
    ["siblings", "<ul>{{#if b}}<li>x</li>{{/if}}<li>y</li></ul>", "ul li ~ li { color: red }"],
    ["siblings", "<ul>{{#if b}}<li>x</li>{{/if}}<li>y</li></ul>", "li:not(:last-child) { color: red }"],
    ["contents", "<p>{{name}}</p>", "p:empty { color: red }"],
    ["contents", "<p>{{name}}</p>", "p:has(b) { color: red }"],
    ["raw-html", "<p>{{{text}}}</p>"],
    ["raw-html", "<p>{{&text}}</p>"],
    ["dynamic-partial", "<p>{{> (lookup . 'kind')}}</p>"],
    ["expression-in-style", "<style>{{#if b}}p { color: red }{{/if}}</style><p>x</p>"],
    ["expression-in-style", "<style data-embed>p { color: {{color}} }</style><p>x</p>"],
    ["style-in-branch", "{{#if b}}<style>p { color: red }</style>{{/if}}<p>x</p>"],
    ["unbalanced", "{{#if b}}<div>{{/if}}<p>x</p>{{#if b}}</div>{{/if}}"],
    ["unbalanced", '<a href="{{#if b}}x" title="{{/if}}y">x</a>'],
    ["markup", "<p>{{name}}<div>x</div></p>"],
    ["markup", "<ul><li>{{name}}<li>x</ul>"],
    ["markup", "<p>{{name}}</b></p>"],
    ["markup", "<p\u00a0class='a'>{{name}}</p>"],
    ["expression-in-declaration", "<script>var a = '{{name}}';</script>"],
    ["comment-end", "<!-- {{name}}-> --><p>x</p>"],
    ["set-twice", '<table><tr><td width="{{a}}">x</td></tr></table>', "td { width: 100px }"],
    [
      "set-twice",
      '<table><tr><td style="background-color: red" bgcolor="{{a}}">x</td></tr></table>',
      "td { margin: 0 }",
    ],
    ["head-in-branch", "<div>{{#if b}}<p>x</p>{{/if}}</div>", "p { color: red } p:hover { color: blue }"],
    ["implied-tbody", "<table>{{#if b}}<tr><td>x</td></tr>{{/if}}</table>", "tbody { margin: 0 }"],
    ["expression-in-style", '<style media="{{a}}">p { color: red }</style><p>x</p>'],
  ])("%s: %s", async (pattern, body, css) => {
    const files = { ...mail(body, css), "partials/kind.html.hbs": "a" };
    const found = await patternsOf(files);
    const line = (css ?? CSS).split("\n").length;
    expect(found.map((each) => each.split(" ")[0])).toContain(pattern);
    expect(found.every((each) => each.endsWith(`${WELCOME}:${line}`) || each.endsWith(`${WELCOME}:1`))).toBe(
      true,
    );
  });

  it.each<[string, Readonly<Record<string, string>>, string]>([
    [
      "a partial that includes itself",
      { ...mail("{{> tree}}"), "partials/tree.html.hbs": "<p>{{#if more}}{{> tree}}{{/if}}</p>" },
      "recursion partials/tree.html.hbs:1",
    ],
    [
      "a partial with a fault",
      { ...mail("{{#if b}}{{> broken}}{{/if}}"), "partials/broken.html.hbs": "{{> nowhere}}" },
      `faulty-file ${WELCOME}:3`,
    ],
    [
      "a block that is used twice and styled differently",
      {
        "layouts/l.html.hbs": page(
          ".a p { color: red }",
          '<div class="a">{{> @partial-block}}</div>{{> @partial-block}}',
        ),
        [WELCOME]: "<p>{{name}}</p>",
      },
      `two-places ${WELCOME}:1`,
    ],
    [
      "a name that two blocks have",
      {
        "layouts/l.html.hbs": page(CSS, "{{#> foot}}{{/foot}}"),
        [WELCOME]: '{{#*inline "foot"}}a{{/inline}}{{#*inline "foot"}}b{{/inline}}',
      },
      `block-scope ${WELCOME}:1`,
    ],
    [
      "the file and line of what a partial holds",
      { ...mail("{{> card}}"), "partials/card.html.hbs": '<div>\n<p class="{{kind}}">x</p>\n</div>' },
      "class-expression partials/card.html.hbs:2",
    ],
    [
      "the file and line of a selector",
      {
        "layouts/l.html.hbs":
          '<head><link rel="stylesheet" href="l.css"></head><ul>{{> @partial-block}}</ul>',
        "layouts/l.css": "p {\n  margin: 0;\n}\nli:last-child {\n  margin: 0;\n}\n",
        [WELCOME]: "{{#each items}}<li>{{this}}</li>{{/each}}",
      },
      "siblings layouts/l.css:4",
    ],
  ])("is reported with %s", async (_what, files, expected) => {
    expect(await patternsOf(files)).toContain(expected);
  });
});

describe("what can", () => {
  it.each<[string, string, string?]>([
    ["values in text and quoted attributes", "<p>{{a}} <a href=\"{{b}}\" title='{{c}}'>x</a></p>"],
    [
      "branches and lists of whole elements",
      "<ul>{{#each items}}<li>{{this}}</li>{{else}}<li>none</li>{{/each}}</ul>",
    ],
    ["branches inside an attribute nobody asks for", '<a href="/{{#if b}}x{{else}}y{{/if}}">x</a>'],
    [
      "selectors on siblings that are always there",
      "<table>{{#if b}}<tr><td>x</td><td>y</td></tr>{{/if}}</table>",
      "td:first-child { color: red }",
    ],
    [
      "selectors for mail programs that change the page",
      "<p>{{name}}</p>{{#if b}}<p>x</p>{{/if}}",
      "u + .body p { color: red } #MessageViewBody a { color: red }",
    ],
    ["values in comments for Outlook", '<!--[if mso]><v:rect href="{{url}}"></v:rect><![endif]--><p>x</p>'],
    ["values in the title", "<title>{{name}}</title><p>x</p>"],
    ["a head and a foot in partials of their own", "{{> open}}<p class='a'>{{name}}</p>{{> close}}"],
    [
      "rules for what a pointer does that compete with others",
      "<div>{{#if b}}<p>x</p>{{/if}}</div><p>y</p>",
      "p { color: blue } p:hover { color: red }",
    ],
    ["rules for what a pointer does", "{{#if b}}<p>x</p>{{/if}}", "p:first-child:hover { color: red }"],
    ["rules for parts of an element", "{{#if b}}<p>x</p>{{/if}}", "p:first-child::before { color: red }"],
    ["styles for print", '<style media="print">p:first-child { color: red }</style>{{#if b}}<p>x</p>{{/if}}'],
    [
      "an attribute for Outlook that no rule sets",
      '<table><tr><td width="{{a}}">x</td></tr></table>',
      "td { height: 1px }",
    ],
  ])("%s", async (_what, body, css) => {
    const partials = { "partials/open.html.hbs": "<div><b>", "partials/close.html.hbs": "</b></div>" };
    expect(await patternsOf({ ...mail(body, css), ...partials })).toEqual([]);
  });

  it("is all of this repository's own templates", async () => {
    const renderer = new Renderer({ templates: "templates" });
    expect(await renderer.advice()).toEqual([]);
  });
});

describe("a mail whose styles were inlined once", () => {
  it("is still right when a value turns out to be html", async () => {
    const { render } = await setupTemplates(mail("<div>{{text}}</div>", "b { color: red }"));
    const html = { toHTML: () => "<b>x</b>" };
    expect((await render({ locals: { text: "<b>" } })).html).toContain("<div>&lt;b&gt;</div>");
    expect((await render({ locals: { text: html } })).html).toContain('<b style="color: red;">x</b>');
  });

  it("keeps the white space of its template, beside comments too", async () => {
    for (const body of [
      "<p>foo\n{{! note }}\nbar {{name}}</p>",
      "<p>{{~#if name~}} {{! a }} {{!-- b --}} {{~/if~}}</p>",
      "\n<p>\n  {{#if name}}\n  x \n  {{! c }}\n  y {{name}}\n  {{/if}}\n</p>",
    ]) {
      const { render } = await setupTemplates({
        "layouts/l.html.hbs": page(CSS),
        [WELCOME]: body,
        "user-mailer/plain.html.hbs": body,
      });
      const locals = { name: "Ann" };
      const plain = (await render({ template: "user-mailer/plain", locals })).html ?? "";
      const { html } = await render({ layout: "l", locals });
      expect(html).toBe(inlineCss(page(CSS, plain)));
    }
  });

  it("has a partial in both places of a block that is used twice", async () => {
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": page(
        ".b p { color: red }",
        '<div class="a">{{> @partial-block}}</div><div class="b">{{> @partial-block}}</div>',
      ),
      [WELCOME]: "{{#> story}}{{name}}{{/story}}{{> sign}}",
      "partials/story.html.hbs": "<p>{{> @partial-block}}</p>",
      "partials/sign.html.hbs": "<p>Bye</p>",
    });
    expect((await render({ layout: "l", locals: { name: "Ann" } })).html).toBe(
      '<html><head></head><body><div class="a"><p>Ann</p><p>Bye</p></div>' +
        '<div class="b"><p style="color: red;">Ann</p><p style="color: red;">Bye</p></div></body></html>',
    );
  });

  it("names file and line where a value is missing", async () => {
    const { render } = await setupTemplates({
      "layouts/l.html.hbs": page(CSS),
      [WELCOME]: "<p>x</p>\n{{> card}}",
      "partials/card.html.hbs": '<p class="a">x</p>\n<p>{{nmae}}</p>',
    });
    await expect(render({ layout: "l" })).rejects.toThrow(/partials\/card\.html\.hbs:2:6: "nmae" is missing/);
  });

  it("changes when its template, its partial or its stylesheet does, in development", async () => {
    const files = {
      "layouts/l.html.hbs": '<head><link rel="stylesheet" href="l.css"></head>{{> @partial-block}}',
      "layouts/l.css": "p { color: red }",
      [WELCOME]: "{{> card}}",
      "partials/card.html.hbs": "<p>one</p>",
    };
    const { render, write } = await setupTemplates(files, { development: true });
    expect((await render({ layout: "l" })).html).toContain('<p style="color: red;">one</p>');
    await write("layouts/l.css", "p { color: blue }");
    expect((await render({ layout: "l" })).html).toContain('<p style="color: blue;">one</p>');
    await write("partials/card.html.hbs", "<p>two</p>");
    expect((await render({ layout: "l" })).html).toContain('<p style="color: blue;">two</p>');
    await write(WELCOME, "<b>{{> card}}</b>");
    expect((await render({ layout: "l" })).html).toContain('<b><p style="color: blue;">two</p></b>');
  });

  it("has the attributes that Outlook needs, and a picture without words keeps its empty alt", async () => {
    const css =
      "table { width: 600px; background-color: #ffffff } td { text-align: center; vertical-align: top } img { height: 40px }";
    const body = '<table><tr><td>{{name}}<img src="{{src}}" alt=""></td></tr></table>';
    const { render } = await setupTemplates(mail(body, css));
    const { html } = await render({ locals: { name: "x", src: "cid:a" } });
    expect(html).toContain(
      '<table style="width: 600px; background-color: #ffffff;" width="600" bgcolor="#ffffff">',
    );
    expect(html).toContain(
      '<td style="text-align: center; vertical-align: top;" align="center" valign="top">',
    );
    expect(html).toContain('<img src="cid:a" alt="" style="height: 40px;" height="40">');
  });

  it("is what inlining the finished mail gives, where a value is empty", async () => {
    const { render } = await setupTemplates(mail('<a class="a" href="{{url}}">{{name}}</a>'));
    const { html } = await render({ locals: { url: "", name: "" } });
    expect(html).toBe(inlineCss(page(CSS, '<a class="a" href=""></a>')));
  });
});
