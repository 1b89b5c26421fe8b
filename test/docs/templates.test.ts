import { readFile } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { close, openApp } from "../../src/index.ts";
import { blockWith, filesOf } from "../support/docs.ts";
import { setupTemplates } from "../support/templates.ts";

it("the files shown in docs/templates.md are a mail that renders", async () => {
  const files = filesOf("docs/templates.md");
  const { renderer, render } = await setupTemplates(files);

  const mail = await render({ layout: "plain", locals: { name: "O'Brien & Co", coupon: "TEA" } });

  expect(Object.keys(files)).toHaveLength(4);
  expect(await renderer.check()).toEqual([]);
  expect(mail.text).toBe("Welcome, O'Brien & Co\n\nYour code: TEA\n\nStart <https://shop.test/start>\n");
  expect(mail.html).toContain('style="display: none;">Your account is ready, O&#x27;Brien &amp; Co.</div>');
  expect(mail.html).toContain("@media (max-width: 480px)");
});

it("the table of helpers in docs/templates.md says what they give", async () => {
  const page = await readFile("docs/templates.md", "utf8");
  const row = /^\| `(\{\{.*?\}\})` +\| `(.*?)`[^`\n]*(?:`(\{\{.*?\}\})` is the same)?/gm;
  const rows = [...page.matchAll(row)];
  expect(rows).toHaveLength(5);
  for (const [, call = "", result = "", same] of rows) {
    const { render } = await setupTemplates(
      { "user-mailer/welcome.text.hbs": `${call}|${same ?? call}` },
      { baseUrl: "https://shop.test" },
    );
    const { text } = await render({ locals: { paidAt: new Date("2026-03-01T22:30:00Z") } });
    expect(text.replaceAll("\u202f", " ")).toBe(`${result}|${result}`);
  }
});

it("the helpers made in docs/templates.md work as they stand there", async () => {
  await import("./templates/helpers.ts");
  onTestFinished(close);
  const { helpers } = (await openApp()).config;
  const { render } = await setupTemplates(
    { "user-mailer/welcome.text.hbs": '{{stars 4}}   {{rate plan.price per="year"}}' },
    { helpers },
  );
  expect((await render({ locals: { plan: { price: 9 } } })).text).toBe("★★★★   €9.00 / year");
});

it("docs/templates.md shows what check says", async () => {
  const { renderer, folder } = await setupTemplates({
    "user-mailer/welcome.html.hbs": "<html><body>\n<h1>Welcome, {{> buton}}</h1>\n</body></html>\n",
  });
  const [problem] = await renderer.check();
  const { file = "", line, column, message, excerpt } = problem ?? {};
  const said = `${file.replace(folder, "templates")}:${line}:${column}: ${message}\n\n${excerpt}\n`;
  expect(blockWith("docs/templates.md", "buton")).toBe(said);
});
