import { expect, it } from "vitest";
import { startApp } from "../support/app.ts";
import { blockWith, filesOf } from "../support/docs.ts";
import { setupTemplates } from "../support/templates.ts";
import { UserMailer } from "./languages/user-mailer.ts";

it("the files shown in docs/languages.md are a mail in two languages", async () => {
  const files = filesOf("docs/languages.md");
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
  ).toBe(blockWith("docs/languages.md", "no text for").trimEnd().replace("templates", folder));
});

it("the languages and clocks in docs/languages.md are those of the mails, in a worker too", async () => {
  const { app, transport } = await startApp({
    "user-mailer/greet.subject.hbs": "Hi",
    "user-mailer/greet.text.hbs": "{{@locale}} {{@timeZone}}",
    "user-mailer/welcome.text.hbs": "{{@locale}} {{@timeZone}}",
  });
  const email = "ann@example.com";
  await UserMailer.greet({ email, locale: "fr-CH", timeZone: "Europe/Zurich" }).deliver();
  await UserMailer.with({ locale: "de-AT", timeZone: "Europe/Vienna" }).delay().welcome(email); // at the call
  await app.worker().workOff();
  expect(transport.sent.map(({ mail }) => mail.text)).toEqual(["fr-CH Europe/Zurich", "de-AT Europe/Vienna"]);
});
