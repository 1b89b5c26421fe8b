import { generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { configure, openPreviewer } from "../../src/app/current-app.ts";
import type { Settings } from "../../src/config/settings.ts";
import { StopMail } from "../../src/errors/errors.ts";
import type { MailCallbacks } from "../../src/mail/callbacks.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { type Preview, previewRegistry, previews } from "../../src/mailers/preview.ts";
import type { Failed, PreviewResult, Shown, Stopped } from "../../src/previews/showing.ts";
import { startApp } from "../support/app.ts";
import { setupTemplates } from "../support/templates.ts";

const called: string[] = [];
const note = (name: string) => () => void called.push(name);

class ShopActions extends Mailer<{ shop?: string }> {
  static override callbacks: MailCallbacks = {
    beforeRender: ({ spec }) => ({ locals: { ...spec.locals, shop: "Harbour" } }),
    afterRender: ({ mail }) => ({ subject: `${mail.subject}!` }),
    beforeDeliver: ({ mail }) => ({ headers: { "X-Html": String(mail.html !== undefined) } }),
    aroundDeliver: (_, next) => {
      called.push("aroundDeliver");
      return next();
    },
    afterDeliver: note("afterDeliver"),
  };

  welcome(email: string, name: string) {
    return this.mail({ to: email, subject: "Welcome", locals: { name, tenant: this.params.shop ?? "none" } });
  }

  plain(email: string) {
    return this.mail({ to: email, subject: "Plain", template: "plain", locale: "de" });
  }

  stopped(email: string): ReturnType<ShopActions["plain"]> {
    throw new StopMail(`${email.length} is too long`);
  }

  broken(email: string): ReturnType<ShopActions["plain"]> {
    return this.plain(email.slice(undefinedIndex()));
  }
}

function undefinedIndex(): number {
  throw new RangeError("no such place");
}

const ShopMailer = mailer(ShopActions, {
  name: "PreviewedShopMailer",
  args: { welcome: z.tuple([z.email(), z.string().min(1)]) },
  previews: { plain: { beside: ["ann@x.test"] } },
});

previews(ShopMailer, {
  welcome: {
    normal: ["ann@x.test", "Ann"],
    "of a shop": { with: { shop: "Tea & Co", locale: "de" }, args: ["ann@x.test", "Ann"] },
    lazy: () => ["ann@x.test", "Lazy"],
    later: async () => ({ with: { shop: "late" }, args: ["ann@x.test", "Later"] }),
    "no name": ["nonsense", ""],
    "not made": () => Promise.reject(new Error("no database")),
    "no arguments": (() => ({ arg: [] })) as never,
  },
  stopped: { normal: ["ann@x.test"] },
  broken: { normal: ["ann@x.test"] },
});

const TEMPLATES = {
  "previewed-shop-mailer/welcome.html.hbs": "<p>Welcome to {{shop}}, {{name}} of {{tenant}}</p>",
  "previewed-shop-mailer/welcome.de.html.hbs": "<p>Willkommen bei {{shop}}, {{name}} von {{tenant}}</p>",
  "plain.text.hbs": "{{t 'plain'}}",
  "locales/en.json": '{ "plain": "Plain" }',
  "locales/fr.json": '{ "plain": "Simple" }',
  "locales/de.json": '{ "plain": "Einfach" }',
};

function previewOf(action: string, scenario: string): Preview {
  const found = previewRegistry.of("PreviewedShopMailer", action).find((each) => each.scenario === scenario);
  if (found === undefined) throw new Error(`There is no ${action}, ${scenario}`);
  return found;
}

async function show<S extends PreviewResult>(action: string, scenario: string, locales?: readonly string[]) {
  const previewer = await openPreviewer();
  return (await previewer.show(previewOf(action, scenario), locales)) as readonly S[];
}

const start = (settings: Settings = {}, templates: Readonly<Record<string, string>> = TEMPLATES) =>
  startApp(templates, settings);

beforeEach(() => called.splice(0));

describe("a preview", () => {
  it("is shown in every language of templates and catalogues, the default first, the same mail once", async () => {
    await start();
    const showings = await show<Shown>("welcome", "normal");
    expect(showings.map(({ locales }) => locales)).toEqual([["en", "fr"], ["de"]]);
    expect(showings.map(({ mail }) => mail.text)).toEqual([
      "Welcome to Harbour, Ann of none\n",
      "Willkommen bei Harbour, Ann von none\n",
    ]);
  });

  it("is shown once where the action chooses the language by itself", async () => {
    await start();
    const showings = await show<Shown>("plain", "beside");
    expect(showings.map(({ locales, mail }) => [locales, mail.text])).toEqual([
      [["en", "de", "fr"], "Einfach"],
    ]);
  });

  it("is shown in the language of its sample, or in the one asked for", async () => {
    await start();
    const [own] = await show<Shown>("welcome", "of a shop");
    expect([own?.locales, own?.mail.text]).toEqual([["de"], "Willkommen bei Harbour, Ann von Tea & Co\n"]);
    const [asked] = await show<Shown>("welcome", "of a shop", ["en-GB"]);
    expect([asked?.locales, asked?.mail.text]).toEqual([["en-GB"], "Welcome to Harbour, Ann of Tea & Co\n"]);
  });

  it("takes samples that are made when they are needed", async () => {
    await start();
    const [lazy] = await show<Shown>("welcome", "lazy", ["en"]);
    const [later] = await show<Shown>("welcome", "later", ["en"]);
    expect(lazy?.mail.text).toContain("Lazy of none");
    expect(later?.mail.text).toContain("Later of late");
  });

  it("goes the road of delivery up to the transport, and sends and stores nothing", async () => {
    const { app, transport } = await start({
      interceptors: [({ mail }) => ({ subject: `[staging] ${mail.subject}` })],
      observers: [note("observer")],
      redirectTo: "dev@x.test",
    });
    const [shown] = await show<Shown>("welcome", "normal", ["en"]);
    expect(shown?.mail).toMatchObject({
      subject: "[staging] Welcome!",
      to: [{ name: "", address: "dev@x.test" }],
      headers: { "X-Html": "true", "X-Intercepted-To": "ann@x.test" },
    });
    expect(shown?.eml.toString()).toMatch(/^To: dev@x\.test\r$/m);
    expect(shown?.eml.toString()).toMatch(/^Subject: \[staging\] Welcome!\r$/m);
    expect(called).toEqual([]);
    expect(transport.sent).toEqual([]);
    expect(await app.store.count({})).toBe(0);
  });

  it("needs neither store nor mail server", async () => {
    const { folder } = await setupTemplates(TEMPLATES);
    const nobody = { mongodbUri: "mongodb://127.0.0.1:1/none", smtpUrl: "smtp://127.0.0.1:1" };
    configure({ ...nobody, templates: folder, from: "shop@x.test" });
    const [shown] = await show<Shown>("welcome", "normal", ["en"]);
    expect(shown?.kind).toBe("shown");
  });

  it("is signed where mails are", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const dkimPrivateKey = String(privateKey.export({ type: "pkcs8", format: "pem" }));
    await start({ dkimSelector: "test", dkimDomain: "x.test", dkimPrivateKey });
    const [shown] = await show<Shown>("welcome", "normal", ["en"]);
    expect(shown?.eml.toString()).toMatch(/^DKIM-Signature: /);
  });

  it("is the same mail each time but for its date", async () => {
    await start();
    const withoutDate = ([shown]: readonly Shown[]) => shown?.eml.toString().replace(/^Date: .*$/m, "");
    expect(withoutDate(await show("welcome", "normal"))).toBe(withoutDate(await show("welcome", "normal")));
  });
});

describe("a preview that cannot be shown", () => {
  it("says that the mail is stopped, and why", async () => {
    await start();
    const stopped = await show<Stopped>("stopped", "normal");
    expect(stopped).toMatchObject([
      { kind: "stopped", reason: "10 is too long", locales: ["en", "de", "fr"] },
    ]);
  });

  it("tells file, line and place of a template that fails, for the language it fails in", async () => {
    await start({}, { ...TEMPLATES, "previewed-shop-mailer/welcome.de.html.hbs": "<p>\n  {{nmae}}</p>" });
    const [, german] = await show<Failed>("welcome", "normal");
    expect(german).toMatchObject({
      kind: "failed",
      locales: ["de"],
      message: '"nmae" is missing',
      place: { file: expect.stringMatching(/welcome\.de\.html\.hbs$/), line: 2 },
      excerpt: "  2 |   {{nmae}}</p>\n    |     ^",
    });
  });

  it.each([
    ["no name", /args\[0\]: Invalid email.*args\[1\]: Too small/],
    ["not made", /Error: no database/],
    ["no arguments", /preview "no arguments" of PreviewedShopMailer\.welcome: a sample is the list/],
  ])("tells where its samples are written: %s", async (scenario, message) => {
    await start();
    const failed = await show<Failed>("welcome", scenario);
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ kind: "failed", message: expect.stringMatching(message) });
    expect(failed[0]?.place?.file).toBe("test/previews/previewer.test.ts");
  });

  it("tells which line of the application threw", async () => {
    await start();
    const [failed] = await show<Failed>("broken", "normal");
    expect(failed?.message).toBe("RangeError: no such place");
    const { stack = "" } = new Error("here");
    expect(failed?.place).toEqual({
      file: "test/previews/previewer.test.ts",
      line: expect.any(Number) as number,
    });
    expect(failed?.place?.line).toBeLessThan(Number(/previewer\.test\.ts:(\d+)/.exec(stack)?.[1]));
  });
});
