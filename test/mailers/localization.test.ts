import { describe, expect, it } from "vitest";
import { z } from "zod";
import { configure } from "../../src/app/current-app.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { ConfigurationError, InvalidOptionsError } from "../../src/errors/errors.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { helper } from "../../src/rendering/helpers/helper.ts";
import { startApp } from "../support/app.ts";

interface Reader {
  readonly email: string;
  readonly locale?: string;
}

class LocalizedActions extends Mailer {
  remind(email: string, at: Date) {
    return this.mail({ to: email, locals: { at } });
  }

  weekly(reader: Reader, at: Date) {
    return this.mail({
      to: reader.email,
      locale: reader.locale,
      locals: { at },
      template: "localized-mailer/remind",
    });
  }
}

const LocalizedMailer = mailer(LocalizedActions, { name: "LocalizedMailer" });

const AT = new Date("2026-03-01T22:30:00Z");
const TEMPLATES = {
  "localized-mailer/remind.text.hbs": "{{t '.at'}} {{date at timeStyle='short' dateStyle='short'}}",
  "localized-mailer/remind.pt-BR.text.hbs": "Lembrete {{date at timeStyle='short' dateStyle='short'}}",
  "locales/en.json": '{ "localized-mailer": { "remind": { "subject": "Reminder", "at": "At" } } }',
  "locales/de.json": '{ "localized-mailer": { "remind": { "subject": "Erinnerung", "at": "Um" } } }',
};
const GERMAN = { subject: "Erinnerung", text: "Um 01.03.26, 23:30" };

describe("the locale and time zone given with a call", () => {
  const german = LocalizedMailer.with({ locale: "de-AT", timeZone: "Europe/Vienna" });

  it("are in force when the mail is delivered now", async () => {
    const { transport } = await startApp(TEMPLATES);
    await german.remind("a@x.test", AT).deliver();
    expect(transport.sent[0]?.mail).toMatchObject(GERMAN);
  });

  it("are in force when a worker renders the mail, beside mails in other languages (DJX-22)", async () => {
    const { app, transport } = await startApp(TEMPLATES, { locale: "en", timeZone: "America/New_York" });
    const job = await german.delay().remind("a@x.test", AT);
    await LocalizedMailer.delay().remind("b@x.test", AT);
    await LocalizedMailer.with({ locale: "pt-BR", timeZone: "America/Sao_Paulo" })
      .remind("c@x.test", AT)
      .deliverLater();
    expect(job.record.params).toEqual({ locale: "de-AT", timeZone: "Europe/Vienna" });

    await app.worker({ exitOnComplete: true }).run();

    const mails = transport.sent.map(({ mail }) => [mail.to[0]?.address, mail.subject, mail.text]);
    expect(mails.sort().map((mail) => mail.map((text) => text?.replaceAll("\u202f", " ")))).toEqual([
      ["a@x.test", GERMAN.subject, GERMAN.text],
      ["b@x.test", "Reminder", "At 3/1/26, 5:30 PM"],
      ["c@x.test", "Reminder", "Lembrete 01/03/2026, 19:30"],
    ]);
  });

  it("are in force for every mail of a newsletter, where the row does not say its own", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const rows: readonly Reader[] = [{ email: "a@x.test" }, { email: "b@x.test", locale: "en-GB" }];
    await german.broadcast(rows, { key: "news" }).weekly(AT);
    await app.worker({ exitOnComplete: true }).run();
    const mails = transport.sent.map(({ mail }) => `${mail.to[0]?.address} ${mail.text}`);
    expect(mails.sort()).toEqual(["a@x.test Um 01.03.26, 23:30", "b@x.test At 01/03/2026, 23:30"]);
  });

  it("are refused at once when they are none, so that no worker meets them", () => {
    expect(() => LocalizedMailer.with({ locale: "de_AT" })).toThrow(InvalidOptionsError);
    expect(() => LocalizedMailer.with({ timeZone: "Vienna" })).toThrow(
      'LocalizedMailer.with(): timeZone: "Vienna" is not a time zone such as "Europe/Vienna".',
    );
  });
});

describe("the configuration of templates", () => {
  it("comes from the environment too", () => {
    const env = {
      DELAYED_MAILER_LOCALE: "de-AT",
      DELAYED_MAILER_TIME_ZONE: "Europe/Vienna",
      DELAYED_MAILER_BASE_URL: "https://shop.test/app",
    };
    expect(resolveConfig({}, env)).toMatchObject({
      locale: "de-AT",
      timeZone: "Europe/Vienna",
      baseUrl: "https://shop.test/app",
    });
    expect(resolveConfig({}, {})).toMatchObject({ locale: "en", timeZone: "UTC", helpers: {} });
  });

  it("is checked as a whole", () => {
    const settings = {
      locale: "de_AT",
      timeZone: "Vienna",
      baseUrl: "shop.test",
      helpers: { a: 1 as never },
    };
    expect(() => configure(settings)).toThrow(ConfigurationError);
    expect(() => configure(settings)).toThrow(
      /BASE_URL.*https:\/\/shop[\s\S]*LOCALE.*"de-AT"[\s\S]*TIME_ZONE.*Vienna[\s\S]*helpers: must be made by helper\(\)/,
    );
  });

  it("gives templates the application's helpers", async () => {
    const stars = helper({ args: z.tuple([z.int()]) }, ({ args: [count] }) => "★".repeat(count));
    const { transport } = await startApp(
      {
        "localized-mailer/remind.text.hbs": "{{stars 3}} {{url '/a'}}",
        "localized-mailer/remind.subject.hbs": "x",
      },
      { helpers: { stars }, baseUrl: "https://shop.test" },
    );
    await LocalizedMailer.remind("a@x.test", AT).deliver();
    expect(transport.sent[0]?.mail.text).toBe("★★★ https://shop.test/a");
  });
});
