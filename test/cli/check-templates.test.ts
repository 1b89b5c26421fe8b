import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startScript } from "../support/child.ts";

/** The command as a user runs it, on an application of its own whose mailers call configure(). */
async function check(files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-check-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const all = { "package.json": '{ "type": "module" }', ...files };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const child = startScript("src/cli.ts", ["check", "--mailers", join(folder, "mailers")], {
    DELAYED_MAILER_TEMPLATES: join(folder, "templates"),
    DELAYED_MAILER_SQLITE: ":memory:",
    DELAYED_MAILER_INBOX: join(folder, "inbox"),
  });
  const code = await child.ended;
  return { code, output: child.output().replaceAll(`${folder}/`, "") };
}

const MAILER = `
import { z } from "${resolve("node_modules/zod/index.js")}";
import { configure, helper, Mailer, mailer } from "${resolve("src/index.ts")}";
const stars = helper({ args: z.tuple([z.int().max(5)]) }, ({ args: [count] }) => "*".repeat(count));
configure({ helpers: { stars }, locale: "de" });
class ReviewActions extends Mailer {
  thanks(email) { return this.mail({ to: email }); }
}
export const ReviewMailer = mailer(ReviewActions, { name: "ReviewMailer" });
`;

it("check knows the helpers and the language that the mailers configure", async () => {
  const { code, output } = await check({
    "mailers/review-mailer.ts": MAILER,
    "templates/review-mailer/thanks.text.hbs": "{{stars 5}} {{t 'thanks'}}",
    "templates/locales/de.json": '{ "thanks": "Danke" }',
  });
  expect(output).toContain("ok       templates");
  expect(code).toBe(0);
});

it("check shows each mistake with file, line and a caret, and fails", async () => {
  const { code, output } = await check({
    "mailers/review-mailer.ts": MAILER,
    "templates/review-mailer/thanks.text.hbs": "Danke,\n  {{stars 9}} {{t 'thanks'}}",
    "templates/locales/de.json": '{\n  "thank": 1\n}',
  });
  expect(code).toBe(1);
  expect(output).toMatch(
    /templates\/review-mailer\/thanks\.text\.hbs:2:3: \{\{stars\}\}: argument 1: [^\n]*\n +2 \| {3}\{\{stars 9\}\} [^\n]*\n +\| {3}\^\n/,
  );
  expect(output).toMatch(/templates\/locales\/de\.json:2:12: a text in "\.\.\." or a group/);
});

const RENDERED = `
import { Mailer, mailer } from "${resolve("src/index.ts")}";
class CardActions extends Mailer {
  static renderer = async () => ({ html: "<p>Hello</p>" });
  card(email) { return this.mail({ to: email, subject: "Hello", from: "shop@x.test" }); }
}
export const CardMailer = mailer(CardActions, { name: "CardMailer", previews: { card: { normal: ["ann@x.test"] } } });
`;

it("check misses no templates folder where every mailer has a renderer of its own", async () => {
  const { code, output } = await check({ "mailers/card-mailer.ts": RENDERED });
  expect(output).toContain("ok       templates");
  expect(output).toContain("ok       previews");
  expect(code).toBe(0);
});

it("check names the templates folder that is missing where a mailer needs it", async () => {
  const { code, output } = await check({
    "mailers/card-mailer.ts": RENDERED,
    "mailers/review-mailer.ts": MAILER,
  });
  expect(output).toMatch(/problem +templates\n +The templates folder "templates" cannot be read/);
  expect(code).toBe(1);
});

it("check says where nobody connects the mongoose that mailers ask", async () => {
  const model = `
import mongoose from "${resolve("node_modules/mongoose/index.js")}";
mongoose.model("User", new mongoose.Schema({ email: String }));
`;
  const files = { "mailers/card-mailer.ts": RENDERED + model };
  const { code, output } = await check(files);
  expect(output).toMatch(/advice +mongoose\n +User: no file of mailers\/ or workers\/ connects mongoose/);
  expect(code).toBe(0);
});
