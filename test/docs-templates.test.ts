import { readFile } from "node:fs/promises";
import { expect, it, onTestFinished } from "vitest";
import { close, openApp } from "../src/index.ts";
import { setupTemplates } from "./support/templates.ts";

/** The files a page shows: a path between backticks on its own line, and the fenced block after it. */
async function filesIn(page: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(page, "utf8");
  const blocks = text.matchAll(/^`([\w/.-]+)`\n\n```\w+\n([\s\S]*?)^```$/gm);
  return Object.fromEntries(Array.from(blocks, ([, path = "", content = ""]) => [path, content]));
}

it("the files shown in docs/templates.md are a mail that renders", async () => {
  const files = await filesIn("docs/templates.md");
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
  const source = await readFile("test/docs/helpers-example.ts", "utf8");
  expect(await readFile("docs/templates.md", "utf8")).toContain(
    source.replace("../../src/index.ts", "delayed-mailer"),
  );

  await import("./docs/helpers-example.ts");
  onTestFinished(close);
  const { helpers } = (await openApp()).config;
  const { render } = await setupTemplates(
    { "user-mailer/welcome.text.hbs": '{{stars 4}}   {{rate plan.price per="year"}}' },
    { helpers },
  );
  expect((await render({ locals: { plan: { price: 9 } } })).text).toBe("★★★★   €9.00 / year");
});

it("the files shown in docs/languages.md are a mail in two languages", async () => {
  const files = await filesIn("docs/languages.md");
  const { renderer, render, write, folder } = await setupTemplates(files, {
    baseUrl: "https://shop.test",
    development: true,
  });
  const locals = { name: "<Ann>", count: 1, until: "2026-03-01", total: 5 };
  const spec = { template: "shop-mailer/cart", layout: "shop", subject: undefined as never, locals };

  const english = await render({ ...spec, locale: "en-GB" });
  const german = await render({ ...spec, locale: "de-AT" });

  expect(await renderer.check()).toEqual([]);
  expect(english.subject).toBe("Your cart, <Ann>");
  expect(english.text).toMatch(
    /^Hello <Ann>\n\n1 thing is waiting\. Open the cart <https:\/\/shop\.test\/cart>\n\nSunday,? 1 March 2026, €5\.00\n/,
  );
  expect(german.html).toContain('<html lang="de" dir="ltr">');
  expect(german.html).toContain("Hallo &lt;Ann&gt;");
  expect(german.html).toContain('1 Ding wartet. <a href="https://shop.test/cart">Zum Korb</a>');

  await write("locales/fr.json", "{}");
  const [problem] = await renderer.check();
  expect(
    `${problem?.file}:${problem?.line}:${problem?.column}: ${problem?.message}\n\n${problem?.excerpt}`,
  ).toBe(
    /^templates\/shop-mailer[\s\S]*?\^$/m
      .exec(await readFile("docs/languages.md", "utf8"))?.[0]
      .replace("templates", folder),
  );
});
