import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Renderer } from "../../../src/rendering/renderer.ts";
import { setupTemplates } from "../../support/templates.ts";

/** The problems of one template, each as "line:column message". */
async function problemsOf(template: string, more: Readonly<Record<string, string>> = {}) {
  const { renderer } = await setupTemplates({ "m/a.html.hbs": template, ...more });
  const problems = await renderer.check();
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

describe("check", () => {
  it("has nothing to say about the templates that come with the project", async () => {
    expect(await new Renderer({ templates: "templates" }).check()).toEqual([]);
  });

  it("gives file, line, column, reason and an excerpt with a caret", async () => {
    const { folder, renderer } = await setupTemplates({
      "m/a.html.hbs": "<p>\n\t<b>{{#if x}</b>{{/if}}</p>",
    });
    expect(await renderer.check()).toEqual([
      {
        file: `${folder}/m/a.html.hbs`,
        line: 2,
        column: 12,
        message: "this is not a Handlebars expression",
        excerpt: "  2 |  <b>{{#if x}</b>{{/if}}</p>\n    |            ^",
      },
    ]);
  });

  it.each([
    ["{{#if x}}\n a{{/each}}", "1:4 if doesn't match each"],
    ["a\nb {{#if x}} c", "2:14 the file ends while a {{#block}} or an {{expression}} is still open"],
    ["a {{/if}}", "1:3 this closes a block that is not open"],
    ["{{x}}\n{{{y}}", "2:5 this is not a Handlebars expression"],
    ["a\n {{> gone}}", '2:2 there is no partial "gone"'],
    [
      "{{shout name}}",
      '1:1 there is no helper "shout"; helpers of your own are made by helper() and given to configure({ helpers })',
    ],
    ["{{urll '/start'}}", '1:1 there is no helper "urll"; did you mean url?'],
    [
      "{{#if (eq a b)}}x{{/if}}",
      '1:7 there is no helper "eq"; helpers of your own are made by helper() and given to configure({ helpers })',
    ],
    [
      "{{#list items}}x{{/list}}",
      '1:1 there is no helper "list"; helpers of your own are made by helper() and given to configure({ helpers })',
    ],
    [
      "{{log name}}",
      '1:1 there is no helper "log"; helpers of your own are made by helper() and given to configure({ helpers })',
    ],
    ["{{user.constructor}}", '1:3 "constructor" cannot be read in a template'],
    ["{{> (lookup . '__proto__')}}{{__proto__}}", '1:31 "__proto__" cannot be read in a template'],
    [
      '<link rel="stylesheet" href="gone.css">',
      "1:1 there is no stylesheet m/gone.css in the templates folder",
    ],
    [
      '\n<link href="../../etc/x.css" rel=stylesheet>',
      '2:1 the stylesheet "../etc/x.css" is outside the templates folder',
    ],
    ['<link rel="stylesheet" href="{{theme}}.css">', "1:1 the href of a stylesheet must be fixed text"],
    ["{{* shout}}", '1:1 there is no decorator "shout"'],
    ["{{#* shout}}x{{/shout}}", '1:1 there is no decorator "shout"'],
    ["x {{> @partial-block}}", "1:3 only layouts and partials have a {{> @partial-block}}"],
  ])("finds what is wrong in %j", async (template, problem) => {
    expect(await problemsOf(template)).toEqual([problem]);
  });

  it("finds all mistakes of a folder at once", async () => {
    const problems = await problemsOf("{{> gone}}{{shout 1}}", {
      "m/b.text.hbs": "{{#if}",
      "m/c.htm.hbs": "x",
    });
    expect(problems).toHaveLength(4);
    expect(problems.join("\n")).toContain("this file is never used: end its name in .html.hbs");
  });

  it("accepts a block without a default that some template fills", async () => {
    const layout = "{{> hero}}{{> @partial-block}}";
    expect(await problemsOf('{{#*inline "hero"}}x{{/inline}}', { "layouts/l.html.hbs": layout })).toEqual([]);
  });

  it("accepts everything Handlebars offers", async () => {
    const template =
      "{{! note }}{{#each items as |item index|}}{{item.name}}{{@index}}{{@../x}}{{else}}none{{/each}}" +
      "{{#with user}}{{../site}}{{/with}}{{lookup items 0}}{{#unless a}}b{{/unless}}{{#items}}{{this}}{{/items}}\\{{raw}}";
    expect(await problemsOf(template)).toEqual([]);
  });

  it("does not follow a symbolic link out of the folder", async () => {
    const { folder, render } = await setupTemplates({ "m/real.css": "p { color: red }" });
    await symlink(import.meta.filename, join(folder, "m/linked.text.hbs"));
    await expect(render({ template: "m/linked" })).rejects.toThrow(/there is neither/);
  });
});
