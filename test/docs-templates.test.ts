import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
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
