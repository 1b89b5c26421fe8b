import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startApp } from "../support/app.ts";
import { filesOf } from "../support/docs.ts";
import { AccountMailer } from "./renderers/mailers/account-mailer.ts";
import { OrderMailer } from "./renderers/mailers/order-mailer.ts";

const PAGE = "docs/renderers.md";

it("the React Email example in docs/renderers.md makes html and a text part, from a worker too", async () => {
  const { app, transport } = await startApp();
  await AccountMailer.delay().welcome("ann@example.com", "<Ann>");
  await app.worker().workOff();
  const [mail] = transport.sent.map((sent) => sent.mail);
  expect(mail?.html).toMatch(/<p style="color:#0b5f8a">Welcome, (<!-- -->)?&lt;Ann&gt;<\/p>/);
  expect(mail).toMatchObject({ subject: "Welcome, <Ann>", text: "Welcome, <Ann>\n" });
});

it("the MJML example in docs/renderers.md makes html and a text part", async () => {
  await startApp();
  const file = `test/docs/renderers/${Object.keys(filesOf(PAGE)).find((path) => path.endsWith(".mjml"))}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, filesOf(PAGE)["mjml/order-mailer/receipt.mjml"] ?? "");
  onTestFinished(() => rm("test/docs/renderers/mjml", { recursive: true }));
  const mail = await OrderMailer.receipt("ann@example.com", "O'Brien & Co", "9 EUR").render();
  expect(mail.html).toContain("Thank you, O&#x27;Brien &amp; Co.");
  expect(mail.html).toContain("@import url(https://fonts.example.com/css?family=Ubuntu);");
  expect(mail.text.trim()).toMatch(/^Thank you, O'Brien & Co\.\n+9 EUR$/);
});
