import { expect, it } from "vitest";
import type { Settings } from "../src/config.ts";
import type { DeliveryError, MailerFacade, Message } from "../src/index.ts";
import { startApp } from "./support/app.ts";
import { exampleWith, importExample } from "./support/docs.ts";

const PAGE = "docs/callbacks.md";

interface Example {
  readonly spans: string[];
  readonly refused: string[];
  readonly UserMailer: MailerFacade<never> & { welcome(email: string): Message };
}

const { spans, refused, UserMailer } = await importExample<Example>(PAGE, "mailers/user-mailer.ts");

it("the mailer in docs/callbacks.md does what the page says", async () => {
  const { transport } = await startApp({ "welcome.text.hbs": "Welcome to {{company}}" });
  const to = (email: string) => UserMailer.welcome(email).deliver();

  await to("ann@example.com");
  expect((await to("quiet@example.com")).stopped).toBe("asked us not to write");
  expect((await to("gone@example.com")).stopped).toBe("the user is gone");
  transport.script.push({ class: "rejected" });
  await expect(to("bob@example.com")).rejects.toMatchObject({
    code: "DELIVERY",
  } satisfies Partial<DeliveryError>);

  const [{ mail }] = transport.sent as [(typeof transport.sent)[number]];
  expect(transport.sent).toHaveLength(1);
  expect(mail).toMatchObject({ subject: "Welcome aboard", headers: { "X-Campaign": "welcome" } });
  expect(mail.text).toContain("Welcome to Harbour");
  expect(spans).toEqual(["UserMailer.welcome"]);
  expect(refused).toEqual(["rejected"]);
});

it("the settings in docs/callbacks.md change, archive and redirect", async () => {
  const archived: unknown[] = [];
  const archive = { add: (...entry: unknown[]) => archived.push(entry) };
  const given: Settings[] = [];
  const configure = (settings: Settings) => given.push(settings);
  new Function("configure", "archive", await exampleWith(PAGE, "interceptors: ["))(configure, archive);
  const { transport } = await startApp({ "welcome.text.hbs": "Welcome to {{company}}" }, given[0]);

  const { messageId } = await UserMailer.welcome("ann@example.com").deliver();
  await UserMailer.welcome("ann@ours.example").deliver();

  expect(transport.sent.map(({ recipients }) => recipients[0])).toEqual([
    "dev@example.com",
    "ann@ours.example",
  ]);
  expect(archived[0]).toEqual([messageId, "[staging] Welcome aboard", ["dev@example.com"]]);
});
