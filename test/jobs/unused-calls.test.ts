import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startScript } from "../support/child.ts";

/** What a script of somebody's prints, which ends by itself. */
async function outputOf(
  lines: readonly string[],
  env: Record<string, string | undefined> = {},
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-unused-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const head = [
    `import { close, configure, delayable, deliverAllLater, job, Mailer, mailer } from ${JSON.stringify(resolve("src/index.ts"))};`,
    `configure({ sqlite: ":memory:", from: "shop@x.test" });`,
    "class ShopActions extends Mailer {",
    "  hello(to: string) { return this.mail({ to, subject: 'Hello', text: 'Hello' }); }",
    "}",
    "const ShopMailer = mailer(ShopActions, { name: 'ShopMailer' });",
    "const Tidy = job('Tidy', { perform: () => {} });",
    "class Bill { send() {} }",
    "const Bills = delayable(Bill, { name: 'Bill', idOf: () => 1, find: () => new Bill() });",
  ];
  writeFileSync(join(folder, "script.mts"), [...head, ...lines, "await close();"].join("\n"));
  const child = startScript(join(folder, "script.mts"), [], { NODE_ENV: undefined, ...env }, folder);
  await child.ended;
  return child.output();
}

it("a call that was forgotten is told in development, with its place, before the process ends", async () => {
  const output = await outputOf([
    "ShopMailer.hello('ann@x.test');",
    "await ShopMailer.delay();",
    "ShopMailer.broadcast(['ann@x.test']);",
    "await Tidy.delay();",
    "Bills.delay(new Bill());",
  ]);
  expect(output.trim().split("\n")).toEqual([
    "ShopMailer.hello() was called at script.mts:10, and nothing came of it: call .deliver() or .deliverLater() on what it gives.",
    "ShopMailer.delay() was called at script.mts:11, and nothing came of it: call the action on what it gives: .delay().welcome(...).",
    "ShopMailer.broadcast() was called at script.mts:12, and nothing came of it: call the action on what it gives: .broadcast(audience).weekly(...).",
    "Tidy.delay() was called at script.mts:13, and nothing came of it: call perform on what it gives: .delay().perform(...).",
    "delay() of Bill was called at script.mts:14, and nothing came of it: call the method on what it gives: .delay().publish(...).",
  ]);
});

it.each([
  ["one that is stored", "await ShopMailer.hello('ann@x.test').deliverLater();"],
  ["one that is delayed", "await ShopMailer.delay({ in: '1h' }).hello('ann@x.test');"],
  ["a job that is delayed", "await Tidy.delay().perform();"],
  ["a record's method that is delayed", "await Bills.delay(new Bill()).send();"],
  ["a newsletter that is planned", "await ShopMailer.broadcast(['ann@x.test']).hello();"],
  ["many that are stored", "await deliverAllLater([ShopMailer.hello('ann@x.test')]);"],
  ["one that is looked at", "await ShopMailer.hello('ann@x.test').render();"],
])("nothing is told of %s", async (_, line) => {
  expect(await outputOf([line])).toBe("");
});

it("nothing is told in production", async () => {
  const env = { NODE_ENV: "production", SMTP_URL: "smtp://127.0.0.1:1" };
  expect(await outputOf(["ShopMailer.hello('ann@x.test');"], env)).toBe("");
});
