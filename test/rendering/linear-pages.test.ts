import { describe, expect, it } from "vitest";
import { visibleHtml } from "../../src/previews/visible-html.ts";
import { inlineCss } from "../../src/rendering/css/inline-css.ts";
import { parseSheet } from "../../src/rendering/css/sheet.ts";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import { TemplateSet } from "../../src/rendering/templates/template-set.ts";
import { textFromHtml } from "../../src/rendering/text/text-part.ts";
import { atMost, growthOf, type Input, LINEAR, of, TEXTS } from "../support/growth.ts";
import { aMail } from "../support/mails.ts";

const HTML: readonly (readonly [string, Input])[] = [
  ["<a&b>", atMost(60_000, of("<a&b>"))],
  // The parsers keep open elements in a list that they put new ones in front of, so depth is not free; no mail is deeper than it is long.
  ["elements that are never closed", of("<b>some words, and some more of them, as there are in a mail, ")],
  [
    "elements deep in each other",
    (length) => `${"<i>some words ".repeat(length / 64)}${"</i>".repeat(length / 64)}`,
  ],
  ["attributes", of(" a=b c d='e'", "<br", ">")],
  ["an attribute after the other in elements", of("<br b=c d>")],
  ["ends of links", of("<link ")],
  ["links", of('<link rel="stylesheet" href="gone.css">')],
  ["opening style elements", of("<style>")],
  ["style elements", of("<style>a{}</style>")],
  ["openings of comments", of("<!--")],
  ["comments", of("<!-- x -->")],
  ["entities", of("&nbsp;", "<p>a", "b</p>")],
  ["ampersands", of("&", "<p>")],
  ["paragraphs", of("<p>a</p>")],
  ["rows", of("<tr><td>a</td><td>b</td></tr>", "<table>", "</table>")],
  ["lists", of("<li>a</li>", "<ul>", "</ul>")],
  ["links to somewhere", of('<a href="https://x.test">a</a> ')],
  ["breaks", of("<br>")],
  ["style attributes", of('<p style="color: red; margin: 0">a</p>')],
];

const CSS: readonly (readonly [string, Input])[] = [
  ["openings of comments", of("/*")],
  ["comments", of("/* x */")],
  ["quotes", of('"')],
  ["lines with a quote", of('a{b:"\n')],
  ["urls that are never closed", of("url(")],
  ["brackets", of("(", "a:is")],
  ["opening braces", of("a{")],
  ["closing braces", of("}")],
  ["rules", of("a{b:c}")],
  ["rules with an important part", of("@media x{a{b:c!important}}")],
  ["declarations", of("b:c;", "a{", "}")],
  ["declarations without a colon", of("b c;", "a{", "}")],
  ["selectors", of(",a", "a", "{b:c}")],
  ["selectors that nobody knows", of(",a:foo", "a", "{b:c}")],
  ["a selector of many parts", of(">a", "a", "{b:c}")],
  ["at-rules", of("@x y;")],
  ["comments of html", of("<!--")],
];

function checkTemplate(html: string): void {
  const files = new Map([["m/a.html.hbs", html]]);
  const set = new TemplateSet({ folder: "t", files, engine: new TemplateEngine(), defaultLocale: "en" });
  set.check.problems();
  set.check.advice();
}

const READERS_OF_HTML: Readonly<Record<string, (html: string) => unknown>> = {
  "the text part": textFromHtml,
  inlining: (html) => inlineCss(`<style>p { color: red }</style>${html}`),
  "check, with html reader and template lint": (html) =>
    checkTemplate(`<style>p { color: red }</style>${html}`),
  previews: (html) => visibleHtml(aMail({ html })),
};

describe.each(Object.entries(READERS_OF_HTML))("%s", (_name, read) => {
  it.each([...HTML, ...TEXTS])("takes as much longer as there are more %s", (_what, input) => {
    expect(growthOf(read, input)).toBeLessThan(LINEAR);
  });
});

describe("the stylesheet reader", () => {
  it.each(CSS)("takes as much longer as there are more %s", (_what, input) => {
    expect(growthOf(parseSheet, input)).toBeLessThan(LINEAR);
  });
});

describe("the style attributes of a page", () => {
  it.each(CSS)("take as much longer as there are more %s", (_what, input) => {
    const read = (css: string) =>
      inlineCss(`<style>p { color: red }</style><p style="${css.replaceAll('"', "&quot;")}">x</p>`);
    expect(growthOf(read, input)).toBeLessThan(LINEAR);
  });
});
