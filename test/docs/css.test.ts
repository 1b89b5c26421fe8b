import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { helper } from "../../src/rendering/helpers/helper.ts";
import { Renderer } from "../../src/rendering/renderer.ts";
import { setupTemplates } from "../support/templates.ts";

const page = await readFile("docs/css.md", "utf8");
const rows = Array.from(
  page.matchAll(/^\| `([a-z-]+)` +\| `(.+?)` +\| `(.+?)` +\| `(.+?)` +\|$/gm),
  ([, pattern = "", rule = "", slow = "", fast = ""]) => ({ pattern, rule, slow, fast }),
);

/** A helper of an application's that gives html. */
const badge = helper(
  { args: z.tuple([z.string()]), html: true },
  ({ args: [url] }) => `<a href="${url}">Go</a>`,
);

async function adviceOn(rule: string, body: string): Promise<readonly string[]> {
  const { renderer } = await setupTemplates(
    {
      "layouts/l.html.hbs": `<html><head><style>${rule}</style></head><body>{{> @partial-block}}</body></html>`,
      "user-mailer/welcome.html.hbs": body,
      "partials/go.html.hbs": "<a href='{{url}}'>Go</a>",
    },
    { helpers: { badge } },
  );
  expect(await renderer.check()).toEqual([]);
  return (await renderer.advice()).map(({ message }) => message);
}

describe("the table of patterns in docs/css.md", () => {
  it("has every row", () => expect(rows).toHaveLength(24));

  it.each(rows)("is right about $pattern: $slow", async ({ pattern, rule, slow, fast }) => {
    expect((await adviceOn(rule, slow)).join("\n")).toContain(`(${pattern})`);
    expect(await adviceOn(rule, fast)).toEqual([]);
  });
});

it("nobody is advised against a helper of this library", async () => {
  expect(await adviceOn("a { color: red }", '<p>{{button "Go" url="https://shop.test/"}}</p>')).toEqual([]);
});

it("docs/css.md shows what check says", async () => {
  const { folder } = await setupTemplates({
    "user-mailer/welcome.html.hbs": '<style>p.a { color: red }</style>\n<p class="{{kind}}">Hello</p>\n',
  });
  const [advice] = await new Renderer({ templates: folder }).advice();
  const { line = 0, column = 0, message = "", excerpt = "" } = advice ?? {};
  expect(page).toContain(`welcome.html.hbs:${line}:${column}: ${message}\n`);
  for (const shown of excerpt.split("\n")) expect(page).toContain(shown.trim());
});
