import { describe, expect, it } from "vitest";
import { textFromHtml } from "../../../src/rendering/text/text-part.ts";
import { setupTemplates } from "../../support/templates.ts";

describe("the text part made from html", () => {
  it("is made of what was rendered, with its values as they were given", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.html.hbs": "<h1>Hello {{user.name}}</h1><p>{{user.note}}</p>",
    });
    const { text } = await render({ locals: { user: { name: "O'Brien & Straße", note: "{{x}} <b> $&" } } });
    expect(text).toBe("Hello O'Brien & Straße\n\n{{x}} <b> $&\n");
  });

  it.each([
    [
      "a link",
      '<p>Go <a href="https://x.test/?a=1&amp;b=2">there</a></p>',
      "Go there <https://x.test/?a=1&b=2>\n",
    ],
    ["a link that shows its address", '<a href="https://x.test/">https://x.test/</a>', "https://x.test/\n"],
    ["a list", "<ul><li>One</li><li>Two</li></ul>", " - One\n - Two\n"],
    ["a numbered list", "<ol><li>One</li><li>Two</li></ol>", " 1. One\n 2. Two\n"],
    [
      "a table of data",
      "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea, green</td><td>3.50</td></tr></table>",
      "Item         Price\nTea, green   3.50\n",
    ],
    [
      "a table for layout",
      '<table role="presentation"><tr><td><p>One</p></td></tr><tr><td><p>Two</p></td></tr></table>',
      "One\n\nTwo\n",
    ],
    [
      "cells beside each other in a table for layout",
      '<table role="none"><tr><td>Order</td><td>No. 7</td></tr></table>',
      "Order\nNo. 7\n",
    ],
    [
      "a table of data without headings",
      "<table><tr><td>Tea, green</td><td>3.50</td></tr><tr><td>Cup</td><td>12.00</td></tr></table>",
      "Tea, green   3.50\nCup          12.00\n",
    ],
    [
      "columns of a table that says nothing of itself, one below the other",
      '<table><tr><td><h2>Tea</h2><a href="https://x.test/tea">More</a></td><td><h2>Cups</h2></td></tr></table>',
      "Tea\n\nMore <https://x.test/tea>\n\nCups\n",
    ],
    [
      "cells with a long link one below the other",
      `<table><tr><td>a</td><td><a href="https://x.test/${"y".repeat(60)}">b</a></td></tr><tr><td>c</td><td>d</td></tr></table>`,
      `a\nb <https://x.test/${"y".repeat(60)}>\nc\nd\n`,
    ],
    [
      "a table that is said to be one of data as one",
      '<table role="table"><tr><td><p>Order</p></td><td>No. 7</td></tr></table>',
      "Order   No. 7\n",
    ],
    [
      "no cell and no row that nobody sees",
      '<table><tr><th>A</th><th style="DISPLAY : NONE">B</th><th>C</th></tr><tr hidden><td>x</td></tr><tr><td>1</td><td aria-hidden="TRUE">2</td><td>3</td></tr></table>',
      "A   C\n1   3\n",
    ],
    [
      "no preheader with its filler",
      '<div style="max-height:0px; overflow:hidden;">Sale &zwnj;&nbsp;&zwnj;&nbsp;</div><div style="opacity: 0">b</div><p style="visibility:hidden">c</p><p style="display:none; display:block">Hello</p>',
      "Hello\n",
    ],
    [
      "what only looks hidden",
      '<div style="max-height: 0">a</div><div style="height: 10px; overflow: hidden">b</div><div style="background: url(display:none)">c</div>',
      "a\nb\nc\n",
    ],
    ["whom a link writes to", '<a href="mailto:a@x.test?subject=Hi">Write</a>', "Write <a@x.test>\n"],
    ["an address that is a link", '<a href="MAILTO:a@x.test?subject=Hi">a@x.test</a>', "a@x.test\n"],
    ["what is nested deeper than calls can be", `${"<div>".repeat(20_000)}x`, "x\n"],
    ["headings and columns of centred text", "<center>One</center><center>Two</center>", "One\nTwo\n"],
    ["terms", "<dl><dt>Term</dt><dd>What it is</dd></dl>", "Term\nWhat it is\n"],
    ["a picture", '<p><img src="https://x.test/a.png" alt="Our new shop"></p>', "Our new shop\n"],
    ["a picture without words", '<p>a<img src="x.png"><img src="y.png" alt=""></p>', "a\n"],
    ["what is hidden from readers", '<div aria-hidden="true">pre</div><p>Hello</p>', "Hello\n"],
    [
      "what nobody sees",
      '<div style="color:red;display:none">a</div><p hidden>b</p><i style="display: none">c</i><svg><text>d</text></svg>x',
      "x\n",
    ],
    ["the head", "<html><head><title>T</title><style>p{}</style></head><body>Hello</body></html>", "Hello\n"],
    ["a long line", `<p>${"word ".repeat(60)}</p>`, `${"word ".repeat(60).trim()}\n`],
    ["spacers", "<p>One</p><div>&nbsp;</div><br><br><br><p>Two</p>", "One\n\nTwo\n"],
  ])("shows %s readably", (_what, html, text) => {
    expect(textFromHtml(html)).toBe(text);
  });

  it.each([
    ["once", "<p>{{name}}</p>"],
    ["for every message", '<p class="{{name}}">{{name}}</p>'],
  ])("leaves out what the stylesheet hides, where styles are inlined %s", async (_when, body) => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.html.hbs": `<html><head><style>.pre { display: none } .desk { color: red } @media (x) { .desk { display: none !important } }</style></head><body><div class="pre">Hidden {{name}}</div><b class="desk">Seen</b>${body}</body></html>`,
    });
    expect((await render({ locals: { name: "Ann" } })).text).toBe("Seen\n\nAnn\n");
    expect((await render({ locals: { name: "Bob" } })).text).toBe("Seen\n\nBob\n");
  });

  it.each([
    ["<p>R&{{a}}; and {{b}}</p>", "R&; and Ann\n", "R< and <b>\n"],
    ["<p>{{b}}</p><textarea>{{b}}</textarea>", "Ann\n\nAnn\n", "<b>\n\n&lt;b&gt;\n"],
  ])("is made anew where a value is read as more than itself: %s", async (template, first, second) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.html.hbs": template });
    expect((await render({ locals: { a: "", b: "Ann" } })).text).toBe(first);
    expect((await render({ locals: { a: "lt", b: "<b>" } })).text).toBe(second);
  });
});
