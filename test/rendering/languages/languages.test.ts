import { describe, expect, it } from "vitest";
import type { RendererOptions } from "../../../src/rendering/renderer.ts";
import { setupTemplates } from "../../support/templates.ts";

type Files = Readonly<Record<string, string>>;

/** What a mail in a language says, from text templates alone. */
async function textIn(locale: string | undefined, files: Files, options: Partial<RendererOptions> = {}) {
  const { render } = await setupTemplates(files, options);
  return (await render({ locale, locals: { name: "Ann", n: 2 } })).text;
}

const WELCOME: Files = {
  "user-mailer/welcome.text.hbs": "none",
  "user-mailer/welcome.en.text.hbs": "English",
  "user-mailer/welcome.de.text.hbs": "Deutsch",
  "user-mailer/welcome.de-AT.text.hbs": "Österreichisch",
  "user-mailer/welcome.zh-Hant.text.hbs": "繁體",
  "user-mailer/welcome.no.text.hbs": "Norsk",
};

describe("the template of a language", () => {
  it.each([
    ["de-AT", "Österreichisch"],
    ["de-CH", "Deutsch"],
    ["DE-at", "Österreichisch"],
    ["de", "Deutsch"],
    ["zh-Hant-TW", "繁體"],
    ["zh-TW", "繁體"],
    ["zh-CN", "English"],
    ["nb-NO", "Norsk"],
    ["nn", "Norsk"],
    ["fr", "English"],
    [undefined, "English"],
  ])("for %s is the %s one", async (locale, text) => {
    expect(await textIn(locale, WELCOME)).toBe(text);
  });

  it("falls back to the configured default, and then to the one of no language", async () => {
    expect(await textIn("fr", WELCOME, { locale: "de-AT" })).toBe("Österreichisch");
    expect(await textIn("fr", WELCOME, { locale: "es" })).toBe("none");
  });

  it("is named in the finished mail, whatever was asked for", async () => {
    const { render } = await setupTemplates(WELCOME);
    const localeFor = async (locale: string) => (await render({ locale })).locale;
    expect(await localeFor("de-AT")).toBe("de-AT");
    expect(await localeFor("fr")).toBe("en");
  });

  it("brings its own layout, partials and subject, each with its own fallback", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.de.text.hbs": "Hallo {{> sign}} {{> shared}}",
      "user-mailer/welcome.text.hbs": "Hello {{> sign}} {{> shared}}",
      "user-mailer/welcome.de.subject.hbs": "Willkommen",
      "user-mailer/welcome.subject.hbs": "Welcome",
      "user-mailer/_sign.text.hbs": "Yours",
      "user-mailer/_sign.de.text.hbs": "Deine",
      "user-mailer/_sign.de-AT.hbs": "Servus",
      "partials/shared.hbs": "us",
      "partials/shared.de.hbs": "wir",
      "layouts/page.text.hbs": "{{> @partial-block}} EN",
      "layouts/page.de.text.hbs": "{{> @partial-block}} DE",
      "layouts/outer.text.hbs": "({{#> layouts/page}}{{> @partial-block}}{{/layouts/page}})",
    });
    const inLocale = async (locale: string, layout: string) => {
      const { subject, text } = await render({ subject: undefined as never, locale, layout });
      return `${subject}: ${text}`;
    };
    expect(await inLocale("en", "page")).toBe("Welcome: Hello Yours us EN");
    expect(await inLocale("de", "page")).toBe("Willkommen: Hallo Deine wir DE");
    expect(await inLocale("de-AT", "page")).toBe("Willkommen: Hallo Servus wir DE");
    expect(await inLocale("de-AT", "outer")).toBe("Willkommen: (Hallo Servus wir DE)");
  });

  it("gives all parts of a mail, so that no mail is in two languages", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.html.hbs": "<p>Hello</p>",
      "user-mailer/welcome.text.hbs": "Hello",
      "user-mailer/welcome.de.html.hbs": "<p>Hallo</p>",
    });
    expect(await render({ locale: "de" })).toMatchObject({ html: "<p>Hallo</p>", text: "Hallo\n" });
  });

  it("decides the language of layout, texts and dates, where another one was asked for", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.en.text.hbs": "Hello on {{date '2026-03-01'}}",
      "layouts/page.text.hbs": "{{> @partial-block}} {{t 'bye'}}",
      "layouts/page.de.text.hbs": "{{> @partial-block}} DE",
      "locales/en.json": '{"bye":"Bye"}',
      "locales/de.json": '{"bye":"Tschüss"}',
    });
    expect((await render({ locale: "de", layout: "page" })).text).toBe("Hello on March 1, 2026 Bye");
  });

  it("may be a name with a dot that is no language", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.v2.text.hbs": "two {{> row.wide}}",
      "user-mailer/_row.wide.hbs": "wide",
    });
    expect((await render({ template: "user-mailer/welcome.v2" })).text).toBe("two wide");
  });

  it("has its partials looked for by check in its own language", async () => {
    const { renderer } = await setupTemplates({
      "m/a.text.hbs": "{{> sign}}",
      "m/a.de.text.hbs": "{{> sign}}",
      "m/_sign.de.hbs": "Deine",
    });
    const problems = await renderer.check();
    expect(problems.map(({ file, message }) => [file.split("/").at(-1), message])).toEqual([
      ["a.text.hbs", 'there is no partial "sign"'],
    ]);
  });
});

describe("what a layout says of its language", () => {
  const page = '<html lang="{{@lang}}" dir="{{@dir}}">{{> @partial-block}}</html>';
  const inLocale = async (locale: string, files: Files) => {
    const { render } = await setupTemplates({ "layouts/page.html.hbs": page, ...files });
    return /<html ([^>]*)>/.exec((await render({ locale, layout: "page" })).html ?? "")?.[1];
  };

  it("is the language of the template that was found", async () => {
    const files = { "user-mailer/welcome.html.hbs": "Hi", "user-mailer/welcome.ar.html.hbs": "مرحبا" };
    expect(await inLocale("ar-EG", files)).toBe('lang="ar" dir="rtl"');
    expect(await inLocale("fr", files)).toBe('lang="en" dir="ltr"');
  });

  it("is the language of the texts in a template for all languages", async () => {
    const files = { "user-mailer/welcome.html.hbs": "{{t 'hi'}}", "locales/en.json": '{"hi":"Hi"}' };
    expect(await inLocale("he", { ...files, "locales/he.json": '{"hi":"שלום"}' })).toBe(
      'lang="he" dir="rtl"',
    );
    expect(await inLocale("he", files)).toBe('lang="en" dir="ltr"');
  });
});

describe("a template for all languages", () => {
  const template = { "user-mailer/welcome.text.hbs": "{{@lang}} {{number 1234.5}}" };

  it("tells numbers in the language asked for, where the folder knows of no languages", async () => {
    expect(await textIn("de", template)).toBe("en 1.234,5");
  });

  it("tells them in the language of its texts, where there are texts", async () => {
    const texts = { ...template, "locales/en.json": "{}", "locales/fr.json": "{}" };
    expect(await textIn("de", texts)).toBe("en 1,234.5");
    expect((await textIn("fr-CH", texts)).replace(/\s/g, " ")).toBe("fr 1 234,5");
  });
});

describe("texts from catalogues", () => {
  const t = (call: string, catalogues: Files): Files => ({
    "user-mailer/welcome.text.hbs": call,
    ...Object.fromEntries(Object.entries(catalogues).map(([tag, text]) => [`locales/${tag}.json`, text])),
  });

  it("come from the mail's language, then a wider one, then the default", async () => {
    const files = t("{{t 'a.b'}} {{t 'c'}} {{t 'd'}}", {
      "de-AT": '{ "a": { "b": "Jänner" } }',
      de: '{ "a": { "b": "Januar" }, "c": "Sahne" }',
      en: '{ "a": { "b": "January" }, "c": "cream", "d": "all" }',
    });
    expect(await textIn("de-AT", files)).toBe("Jänner Sahne all");
    expect(await textIn("de", files)).toBe("Januar Sahne all");
    expect(await textIn("fr", files)).toBe("January cream all");
  });

  it.each([
    ["en", 0, "no files"],
    ["en", 1, "1 file"],
    ["en", 1234, "1,234 files"],
    ["pl", 1, "1 plik"],
    ["pl", 3, "3 pliki"],
    ["pl", 5, "5 plików"],
    ["pl", 22, "22 pliki"],
    ["pl", 1.5, "1,5 pliku"],
    ["ja", 5, "5 ファイル"],
  ])("have the plural of their language: %s, %d is %s", async (locale, n, expected) => {
    const files = {
      "user-mailer/welcome.text.hbs": "{{t 'files' count=n}}",
      "locales/en.json": '{"files":{"=0":"no files","one":"{count} file","other":"{count} files"}}',
      "locales/pl.json":
        '{"files":{"one":"{count} plik","few":"{count} pliki","many":"{count} plików","other":"{count} pliku"}}',
      "locales/ja.json": '{"files":{"other":"{count} ファイル"}}',
    };
    const { render } = await setupTemplates(files);
    expect((await render({ locale, locals: { n } })).text).toBe(expected);
  });

  it("take the plural rules of the language they are in, not of the one asked for", async () => {
    const files = t("{{t 'files' count=n}}", { en: '{"files":{"one":"one","other":"{count} files"}}' });
    expect(await textIn("pl", files)).toBe("2 files");
  });

  it("have their values escaped in html, and their own html only with tHtml", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.html.hbs": "{{t 'a' name=name}}|{{tHtml 'a' name=name}}",
      "locales/en.json": '{ "a": "Hi <b>{name}</b>" }',
    });
    expect((await render({ locals: { name: "A & <i>" } })).html).toBe(
      "Hi &lt;b&gt;A &amp; &lt;i&gt;&lt;/b&gt;|Hi <b>A &amp; &lt;i&gt;</b>",
    );
  });

  it("belong to their template when the key begins with a dot", async () => {
    const files = {
      "user-mailer/welcome.text.hbs": "{{t '.hi'}} {{> row}}",
      "user-mailer/_row.text.hbs": "{{t '.label'}}",
      "locales/en.json": '{ "user-mailer": { "welcome": { "hi": "Hi" }, "row": { "label": "Row" } } }',
    };
    expect(await textIn("en", files)).toBe("Hi Row");
  });

  it("give a subject where there is no other", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "x",
      "locales/en.json": '{ "user-mailer": { "welcome": { "subject": "Welcome, {name}" } } }',
      "locales/de.json": '{ "user-mailer": { "welcome": { "subject": "Willkommen, {name}" } } }',
    });
    const spec = { subject: undefined as never, locals: { name: "O'Brien & Co" } };
    expect((await render({ ...spec, locale: "de" })).subject).toBe("Willkommen, O'Brien & Co");
    expect((await render(spec)).subject).toBe("Welcome, O'Brien & Co");
  });

  it.each([
    ["{{t 'gone'}}", /1:1: \{\{t\}\}: no text for "gone" in locales\/en\.json/],
    ["{{t 'group'}}", /no text for "group"/],
    ["{{t 'constructor'}}", /no text for "constructor"/],
    ["{{t 'who'}}", /\{name\} has no value: give name=/],
    ["{{t 'who' name=list}}", /\{name\} must be a text or a number; format a date with \(date/],
    ["{{t 'many'}}", /it has plural forms, and needs count=/],
  ])("%s is an error with file, line and reason", async (template, message) => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": template,
      "locales/en.json": '{"who":"Hi {name}","many":{"other":"x"},"group":{"a":"b"}}',
    });
    await expect(render({ locale: "de", locals: { list: [1] } })).rejects.toThrow(message);
  });

  it("are read again in development when their catalogue changes or comes", async () => {
    const { render, write } = await setupTemplates(t("{{t 'a'}}", { en: '{"a":"one"}' }), {
      development: true,
    });
    expect((await render()).text).toBe("one");
    await write("locales/en.json", '{"a":"two!"}');
    expect((await render()).text).toBe("two!");
    await write("locales/de.json", '{"a":"zwei"}');
    expect((await render({ locale: "de" })).text).toBe("zwei");
  });
});

describe("check of languages", () => {
  const problemsOf = async (files: Files) => {
    const { renderer, folder } = await setupTemplates(files);
    const problems = await renderer.check();
    return problems.map(
      ({ file, line, column, message }) => `${file.replace(`${folder}/`, "")}:${line}:${column} ${message}`,
    );
  };

  it("finds texts that are missing in a language, at the place that asks for them", async () => {
    const found = await problemsOf({
      "m/a.html.hbs": "<p>{{t 'both'}}</p>\n<p>{{t 'english'}} {{#if x}}{{tHtml 'gone'}}{{/if}}</p>",
      "m/b.de.text.hbs": "{{t 'english'}} {{t 'both'}}",
      "m/c.text.hbs": "{{t key}} {{url (t 'link')}}",
      "locales/en.json": '{ "both": "x", "english": "x", "link": "/x" }',
      "locales/de.json": '{ "both": "x", "link": "/x" }',
      "locales/de-AT.json": "{}",
    });
    expect(found).toEqual([
      'm/a.html.hbs:2:4 no text for "english" in locales/de.json',
      'm/a.html.hbs:2:29 no text for "gone" in locales/de.json, locales/en.json',
      'm/b.de.text.hbs:1:1 no text for "english" in locales/de.json',
    ]);
  });

  it("does not stop the mails of the languages that have the text", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "{{t 'a'}}",
      "locales/en.json": '{ "a": "fine" }',
      "locales/de.json": "{}",
      "locales/fr.json": '{ "a": "bien {name}" }',
    });
    expect((await render()).text).toBe("fine");
  });

  it("finds plural forms that a language has and a text has not", async () => {
    expect(
      await problemsOf({
        "m/a.text.hbs": "{{t 'n' count=n}}{{t 'same' count=n}}",
        "locales/en.json": '{ "n": { "one": "x", "other": "y" }, "same": { "=0": "z", "other": "x" } }',
        "locales/fr.json": '{ "n": { "one": "x", "other": "y" }, "same": { "other": "x" } }',
        "locales/pl.json": '{ "n": { "one": "x", "other": "y" }, "same": { "other": "x" } }',
      }),
    ).toEqual(['m/a.text.hbs:1:1 "n" in locales/pl.json has no plural form for: many, few']);
  });

  it("finds values that a text needs and a call does not give", async () => {
    expect(
      await problemsOf({
        "m/a.text.hbs": "{{t 'hi'}}{{t 'n' name=1}}{{t 'hi' name=1}}",
        "locales/en.json": '{ "hi": "Hi {name}", "n": { "other": "{count} {name}" } }',
      }),
    ).toEqual([
      'm/a.text.hbs:1:1 "hi" in locales/en.json needs name=..., which is not given here',
      'm/a.text.hbs:1:11 "n" in locales/en.json needs count=..., which is not given here',
    ]);
  });

  it.each([
    ['{\n  "a": "x",\n  "a": "y"\n}', '3:3 "a" is here twice'],
    ['{ "a": 1 }', '1:8 a text in "..." or a group of texts in {...} is expected here'],
    ['{ "a": "x", }', '1:13 a name in "..." is expected here'],
    ['{ "a": "x" "b": "y" }', '1:12 "}" is expected here'],
    ['{ "a": { "b": "x" }', '1:20 "}" is expected here'],
    ['{ "a": "x\n" }', '1:8 a text in "..." or a group of texts in {...} is expected here'],
    ['["a"]', '1:1 "{" is expected here'],
    ["{} x", "1:4 the file should end here"],
    ['{ "a.b": "x" }', '1:3 "a.b" has a dot: dots separate the names of groups'],
  ])("finds what is wrong in the catalogue %j", async (catalogue, problem) => {
    expect(await problemsOf({ "locales/en.json": catalogue })).toEqual([`locales/en.json:${problem}`]);
  });

  it("finds a catalogue whose name is no language", async () => {
    expect(await problemsOf({ "locales/de_AT.json": "{}" })).toEqual([
      'locales/de_AT.json:1:1 "de_AT" is not a language tag such as "de" or "de-AT"',
    ]);
  });

  it.each([
    ["m/a.de_AT.text.hbs", '"de_AT" is no language here: it is spelled de-AT'],
    ["m/a.de-at.text.hbs", '"de-at" is no language here: it is spelled de-AT'],
    ["layouts/l.zh-hant.html.hbs", '"zh-hant" is no language here: it is spelled zh-Hant'],
    ["locales/shop/de.json", "this catalogue is never used: put it at locales/<language>.json"],
  ])("finds that %s would never be used as was meant", async (path, problem) => {
    const text = path.endsWith(".json") ? "{}" : "x";
    expect(await problemsOf({ [path]: text })).toEqual([`${path}:1:1 ${problem}`]);
  });

  it("finds a text in a language that its html is not there in", async () => {
    const files = { "m/a.html.hbs": "x", "m/a.de.text.hbs": "x" };
    expect(await problemsOf(files)).toEqual([
      'm/a.de.text.hbs:1:1 mails in "de" have no html part: write m/a.de.html.hbs too',
    ]);
    expect(await problemsOf({ ...files, "m/a.de.html.hbs": "x" })).toEqual([]);
  });

  it("lets a broken catalogue stop only the mails that need it", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "{{t 'a'}}",
      "locales/en.json": '{ "a": "fine" }',
      "locales/de.json": "{",
    });
    expect((await render()).text).toBe("fine");
    await expect(render({ locale: "de" })).rejects.toThrow(/locales\/de\.json:1:2: a name in/);
  });
});
