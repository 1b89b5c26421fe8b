import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ConfigurationError, InvalidMailError, TemplateError } from "../../../src/errors/errors.ts";
import { helper } from "../../../src/rendering/helpers/helper.ts";
import type { RendererOptions } from "../../../src/rendering/renderer.ts";
import { setupTemplates } from "../../support/templates.ts";

/** The text part that a template makes, for a mail in Vienna unless said otherwise. */
async function textOf(template: string, locals: object = {}, options: Partial<RendererOptions> = {}) {
  const { render } = await setupTemplates(
    { "user-mailer/welcome.text.hbs": template },
    { baseUrl: "https://shop.test", ...options },
  );
  const mail = await render({ locals: { ...locals }, locale: "de-AT", timeZone: "Europe/Vienna" });
  return mail.text.replaceAll("\u00a0", " ");
}

describe("the url helper", () => {
  it.each([
    ['{{url "/start"}}', "https://shop.test/start"],
    ['{{url "start"}}', "https://shop.test/start"],
    ['{{url "/"}}', "https://shop.test/"],
    ['{{url "/o" id=42 q="a&b c" none=null}}', "https://shop.test/o?id=42&q=a%26b+c"],
    ['{{url "/o?a=1" b=true}}', "https://shop.test/o?a=1&b=true"],
    ['{{url "/größe#teil"}}', "https://shop.test/gr%C3%B6%C3%9Fe#teil"],
    ['{{url "https://other.test/x" a=1}}', "https://other.test/x?a=1"],
    ['{{url "mailto:help@shop.test"}}', "mailto:help@shop.test"],
  ])("%s is %s", async (template, expected) => {
    expect(await textOf(template)).toBe(expected);
  });

  it("keeps the path of the site", async () => {
    expect(await textOf('{{url "/a"}}', {}, { baseUrl: "https://shop.test/app/" })).toBe(
      "https://shop.test/app/a",
    );
  });

  it.each(["javascript:alert(1)", "data:text/html,x", "//evil.test/x", "/\\evil.test", "\\\\evil.test"])(
    "refuses %s, which may come from data",
    async (link) => {
      await expect(textOf("{{url link}}", { link })).rejects.toThrow(/\{\{url\}\}: a (link|path) must begin/);
    },
  );

  it("is escaped in html as any value", async () => {
    const { render } = await setupTemplates(
      { "user-mailer/welcome.html.hbs": '<a href="{{url "/a" b=1 c=2}}">x</a>' },
      { baseUrl: "https://shop.test" },
    );
    expect((await render()).html).toBe('<a href="https://shop.test/a?b&#x3D;1&amp;c&#x3D;2">x</a>');
  });

  it("takes the site of the mail, then the mailer's, then the configuration's", async () => {
    const { render } = await setupTemplates(
      { "user-mailer/welcome.text.hbs": '{{url "/a"}}' },
      { baseUrl: "https://config.test" },
    );
    const defaults = { baseUrl: "https://mailer.test" };
    expect((await render()).text).toBe("https://config.test/a");
    expect((await render({}, { defaults })).text).toBe("https://mailer.test/a");
    expect((await render({ baseUrl: "https://mail.test" }, { defaults })).text).toBe("https://mail.test/a");
  });

  it("says how to name the site where none is known", async () => {
    await expect(textOf('{{url "/a"}}', {}, { baseUrl: undefined })).rejects.toThrow(
      /welcome\.text\.hbs:1:1: \{\{url\}\}: a path needs a site: set baseUrl \(DELAYED_MAILER_BASE_URL\)/,
    );
  });
});

describe("dates", () => {
  const when = new Date("2026-03-01T22:30:00Z");

  it.each([
    ["{{date when}}", "1. März 2026"],
    ['{{date when dateStyle="short"}}', "01.03.26"],
    ['{{date when dateStyle="medium" timeStyle="short"}}', "01.03.2026, 23:30"],
    ['{{date when timeStyle="short"}}', "23:30"],
    ['{{date when timeStyle="short" timeZone="Asia/Tokyo"}}', "07:30"],
    ['{{date when timeZone="Asia/Tokyo"}}', "2. März 2026"],
    ['{{date when weekday="long" day="numeric" month="long"}}', "Sonntag, 1. März"],
  ])("%s is %s", async (template, expected) => {
    expect(await textOf(template, { when })).toBe(expected);
    expect(await textOf(template, { when: when.getTime() })).toBe(expected);
    expect(await textOf(template, { when: when.toISOString() })).toBe(expected);
  });

  it("without a time are the same day in every time zone", async () => {
    expect(await textOf('{{date "2026-03-01" timeZone="America/Los_Angeles"}}')).toBe("1. März 2026");
  });

  it.each(["2026-03-01T10:00", "tomorrow", "2026-13-45", null, undefined, {}, new Date(Number.NaN)])(
    "that are none (%o) are an error",
    async (value) => {
      await expect(textOf("{{date when}}", { when: value })).rejects.toThrow(TemplateError);
    },
  );
});

describe("numbers and money", () => {
  it.each([
    ["{{number n}}", 1234567.891, "1 234 567,891"],
    ["{{number n maximumFractionDigits=0}}", 1234.5, "1 235"],
    ['{{number n style="percent"}}', 0.25, "25 %"],
    ['{{number n style="unit" unit="kilometer"}}', 12, "12 km"],
    ["{{number n}}", 2n ** 64n, "18 446 744 073 709 551 616"],
    ['{{currency n "EUR"}}', 1234.5, "€ 1.234,50"],
    ['{{currency n "EUR" minor=true}}', 1999, "€ 19,99"],
    ['{{currency n "JPY" minor=true}}', 1999, "¥ 1.999"],
    ['{{currency n "usd" currencyDisplay="code"}}', -5, "-USD 5,00"],
  ])("%s of %s is %s", async (template, n, expected) => {
    expect((await textOf(template, { n })).replaceAll("\u202f", " ")).toBe(expected);
  });

  it.each([
    ["{{number n}}", "12", /argument 1: expected a number/],
    ['{{number n unit="kilometre" style="unit"}}', 12, /\{\{number\}\}: .*kilometre/],
    ['{{currency n "euro"}}', 12, /argument 2: expected a currency code such as EUR/],
    ["{{currency n}}", 12, /expected/],
    ['{{currency n "EUR" minr=true}}', 12, /minr/],
  ])("%s of %s is an error", async (template, n, message) => {
    await expect(textOf(template, { n })).rejects.toThrow(message);
  });
});

describe("a variable with the name of a helper", () => {
  it("is the variable where nothing follows it", async () => {
    expect(
      await textOf("{{url}} {{number}} {{#each items}}{{date}}{{/each}}", {
        url: "a",
        number: 1,
        items: [{ date: "x" }],
      }),
    ).toBe("a 1 x");
  });

  it("is an error where it is not there either", async () => {
    await expect(textOf("{{number}}")).rejects.toThrow(/\{\{number\}\}/);
  });
});

describe("the preheader and button helpers", () => {
  const files = {
    "user-mailer/welcome.html.hbs":
      '{{preheader text}}{{#preheader}}b {{text}}{{/preheader}}{{button label url=(url "/go" a=1 b=2)}}',
    "user-mailer/welcome.text.hbs": '{{preheader text}}{{button label url=(url "/go" a=1 b=2)}}',
  };

  it("write html with what they are given escaped, and readable text", async () => {
    const { render } = await setupTemplates(files, { baseUrl: "https://shop.test" });
    const mail = await render({ locals: { text: "<b>1 & 2", label: "Go & see <now>" } });

    expect(mail.html).toContain("&lt;b&gt;1 &amp; 2 ");
    expect(mail.html).toContain("b &lt;b&gt;1 &amp; 2 ");
    expect(mail.html?.match(/Go &amp; see &lt;now&gt;/g)).toHaveLength(2);
    expect(mail.html).not.toContain("<now>");
    expect(mail.html).toContain('href="https://shop.test/go?a&#x3D;1&amp;b&#x3D;2"');
    expect(mail.text).toBe("Go & see <now>: https://shop.test/go?a=1&b=2");
  });

  it("draw the button for Outlook with VML, which has its size and link", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.html.hbs":
        '{{button "Pay" url="https://shop.test/p" width=180 height=40 radius=20 background="#112233"}}',
    });
    const { html = "" } = await render();
    const [, vml = "", rest = ""] = /<!--\[if mso\]>([\s\S]*?)<!\[endif\]-->([\s\S]*)/.exec(html) ?? [];
    expect(vml).toMatch(/<v:roundrect [^>]*href="https:\/\/shop\.test\/p"[^>]*height:40px[^>]*width:180px/);
    expect(vml).toContain('arcsize="50%"');
    expect(vml).toContain('fillcolor="#112233"');
    expect(rest).toMatch(/<!--\[if !mso\]><!--><a [\s\S]*<!--<!\[endif\]-->/);
  });

  it("refuse links that run code, and colours that are none", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.html.hbs": "{{button label url=link background=color}}",
    });
    const locals = { label: "x", link: "javascript:alert(1)", color: "#ffffff" };
    await expect(render({ locals })).rejects.toThrow(/url: expected an absolute link/);
    const styled = { ...locals, link: "https://a.test", color: 'red;" onclick="x' };
    await expect(render({ locals: styled })).rejects.toThrow(/background: expected a colour/);
  });
});

describe("the application's own helpers", () => {
  const stars = helper({ args: z.tuple([z.int().min(0).max(5)]) }, ({ args: [count] }) => "★".repeat(count));
  const link = helper(
    { args: z.tuple([z.string()]), named: z.strictObject({ to: z.string() }), html: true },
    ({ args: [label], named: { to }, format }) =>
      format === "html" ? `<a href="${to}">${label}</a>` : label,
  );
  const shout = helper({ args: z.tuple([]) }, ({ body, locale }) => `${body?.().toUpperCase()} ${locale}`);
  const isBig = helper({ args: z.tuple([z.number()]) }, ({ args: [n] }) => n > 9);
  const helpers = { stars, link, shout, isBig };

  it("are called with checked arguments, in text, in blocks and inside other calls", async () => {
    const template = "{{stars 3}} {{#shout}}hi {{name}}{{/shout}}{{#if (isBig n)}} big{{/if}}";
    expect(await textOf(template, { name: "Ann", n: 10 }, { helpers })).toBe("★★★ HI ANN de-AT big");
  });

  it("give html only where they say so", async () => {
    const bold = helper({ args: z.tuple([]) }, () => "<b>x</b>");
    const { render } = await setupTemplates(
      { "user-mailer/welcome.html.hbs": '{{bold}}{{link "L" to="https://a.test"}}' },
      { helpers: { ...helpers, bold } },
    );
    expect((await render()).html).toBe('&lt;b&gt;x&lt;/b&gt;<a href="https://a.test">L</a>');
  });

  it("say file, line and argument where something does not fit, and never its value", async () => {
    const error = await textOf("a\n {{stars count}}", { count: "secret" }, { helpers }).catch(String);
    expect(error).toMatch(/welcome\.text\.hbs:2:2: \{\{stars\}\}: argument 1: .*expected number/i);
    expect(error).not.toContain("secret");
  });

  it("are told from where they throw", async () => {
    const broken = helper({ args: z.tuple([]) }, () => {
      throw new Error("no rate for today");
    });
    await expect(textOf("{{broken}}", {}, { helpers: { broken } })).rejects.toThrow(
      /1:1: \{\{broken\}\}: no rate for today/,
    );
  });

  it("are looked at by check: fixed arguments that do not fit, and names that are not there", async () => {
    const { renderer } = await setupTemplates(
      {
        "m/a.text.hbs":
          '{{stars 3}}{{stars count}}\n{{stars 9}}{{link "x"}}{{star 3}}{{#if (stars "x")}}{{/if}}',
      },
      { helpers },
    );
    const problems = await renderer.check();
    expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(["2:1", "2:12", "2:24", "2:40"]);
    expect(problems.map(({ message }) => message).join("\n")).toMatch(
      /stars\}\}: argument 1: .*\n.*link\}\}: to: .*\nthere is no helper "star"; did you mean stars\?\n.*stars\}\}: argument 1/,
    );
  });

  it("may replace those of the library, and not the words of Handlebars", async () => {
    const url = helper({ args: z.tuple([z.string()]) }, ({ args: [path] }) => `app:${path}`);
    expect(await textOf('{{url "/x"}}', {}, { helpers: { url } })).toBe("app:/x");
    const taken = setupTemplates({}, { helpers: { if: url, "a-b": url } });
    await expect(taken).rejects.toThrow(ConfigurationError);
    await expect(taken).rejects.toThrow(/"if" is a word of Handlebars itself/);
  });
});

describe("data is never template", () => {
  it("prints {{x}} in a value as it stands, through every helper and partial", async () => {
    const { render } = await setupTemplates({
      "partials/p.hbs": "{{name}}",
      "user-mailer/welcome.text.hbs": "{{name}} {{> p}} {{t 'hello' name=name}} {{lookup this 'name'}}",
      "user-mailer/welcome.html.hbs":
        "{{{name}}} {{tHtml 'hello' name=name}} {{button name url='https://a.test'}}",
      "user-mailer/welcome.subject.hbs": "{{name}}",
      "locales/en.json": '{ "hello": "Hi {name}" }',
    });
    const name = "{{x}} {name} {{{y}}} {{#if}";
    const mail = await render({ subject: undefined as never, locals: { name } });
    expect(mail.subject).toBe(name);
    expect(mail.text).toBe(`${name} ${name} Hi ${name} ${name}`);
    expect(mail.html?.split(name)).toHaveLength(5);
  });
});

describe("a template that opts out of strict", () => {
  const files = {
    "user-mailer/welcome.text.hbs":
      "{{!-- strict: off --}}[{{name}}{{user.name}}{{#each items}}x{{/each}}{{#with user}}y{{/with}}]{{> p}}",
    "partials/p.hbs": "{{!strict: off}}{{gone}}",
  };

  it("prints nothing for what is missing", async () => {
    const { render, renderer } = await setupTemplates(files);
    expect((await render()).text).toBe("[]");
    expect(await renderer.check()).toEqual([]);
  });

  it("does so alone: its partials stay strict", async () => {
    const { render } = await setupTemplates({ ...files, "partials/p.hbs": "{{gone}}" });
    await expect(render()).rejects.toThrow(/partials\/p\.hbs:1:3: "gone" is missing/);
  });

  it("still cannot reach a prototype", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "{{!-- strict: off --}}[{{toString.name}}]",
    });
    await expect(render()).rejects.toThrow(/cannot be read in a template/);
  });

  it("is told where its switch is misspelled or not at the start", async () => {
    const { renderer } = await setupTemplates({
      "m/a.text.hbs": "{{!-- strict: false --}}x",
      "m/b.text.hbs": "x {{!-- strict: off --}}",
    });
    const problems = await renderer.check();
    expect(problems.map(({ message }) => message)).toEqual(
      Array(2).fill("the switch is {{!-- strict: off --}}, as the first thing in the file"),
    );
  });
});

describe("a language or clock that is none", () => {
  it.each([
    [{ locale: "de_AT" }, /locale: "de_AT" is not a language tag such as "de" or "de-AT"/],
    [{ timeZone: "Vienna" }, /timeZone: "Vienna" is not a time zone such as "Europe\/Vienna"/],
  ])("%o is an invalid mail", async (spec, message) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    await expect(render(spec)).rejects.toThrow(InvalidMailError);
    await expect(render(spec)).rejects.toThrow(message);
  });
});
