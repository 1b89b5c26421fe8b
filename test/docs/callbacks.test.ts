import { expect, it } from "vitest";
import type { Settings } from "../../src/config/settings.ts";
import type { DeliveryError } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { refused, spans, UserMailer } from "./callbacks/user-mailer.ts";

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
  const archive = { add: (...entry: unknown[]) => void archived.push(entry) };
  const given: Settings[] = [];
  const configure = (settings: Settings) => given.push(settings);
  configure({
    interceptors: [({ mail }) => ({ subject: `[staging] ${mail.subject}` })],
    observers: [({ mail, accepted }) => archive.add(mail.messageId, mail.subject, accepted)],
    redirectTo: "Dev <dev@example.com>",
    redirectAllow: ["qa@example.com", "*@ours.example"],
  });
  const { transport } = await startApp({ "welcome.text.hbs": "Welcome to {{company}}" }, given[0]);

  const { messageId } = await UserMailer.welcome("ann@example.com").deliver();
  await UserMailer.welcome("ann@ours.example").deliver();

  expect(transport.sent.map(({ recipients }) => recipients[0])).toEqual([
    "dev@example.com",
    "ann@ours.example",
  ]);
  expect(archived[0]).toEqual([messageId, "[staging] Welcome aboard", ["dev@example.com"]]);
});
