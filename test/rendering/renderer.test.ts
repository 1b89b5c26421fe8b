import fc from "fast-check";
import mongoose from "mongoose";
import { describe, expect, it } from "vitest";
import { InvalidMailError, TemplateError } from "../../src/errors/errors.ts";
import { ORIGIN, setupTemplates } from "../support/templates.ts";

const HOSTILE: readonly string[] = [
  "O'Brien & Co",
  "<script>alert(1)</script>",
  "</style></title></head>",
  "{{x}} {{{y}}} {{> button}} \\{{z}}",
  "{{",
  "}}",
  "<% %>",
  "$& $1 $` $' $$",
  "JUICE_CODE_BLOCK_0_",
  "🎉👩‍👩‍👧",
  "عائشة \u202eabc",
  "山田太郎",
  "line\r\nBcc: evil@e.com",
  'a" onmouseover="x',
  "&amp;&lt;&#x27;",
  "@partial-block",
];

describe("rendering a mail", () => {
  it("finds the templates of an action by its mailer's and its own name in kebab case", async () => {
    const { render } = await setupTemplates({
      "user-mailer/send-registration-mail.html.hbs": "<p>Hello {{name}}</p>",
      "user-mailer/send-registration-mail.text.hbs": "Hello {{name}}",
    });

    const mail = await render(
      { subject: "Welcome", locals: { name: "Ann" } },
      { action: "sendRegistrationMail" },
    );

    expect(mail).toEqual({
      messageId: ORIGIN.messageId,
      date: ORIGIN.date,
      from: { name: "Shop", address: "shop@shop.test" },
      to: [{ name: "", address: "ann@x.test" }],
      cc: [],
      bcc: [],
      replyTo: [],
      headers: {},
      subject: "Welcome",
      locale: "en",
      html: "<p>Hello Ann</p>",
      text: "Hello Ann",
    });
  });

  it("gives the same mail for the same call", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.html.hbs": "<p>{{name}}</p>" });
    const spec = { locals: { name: "Ann" } };
    expect(await render(spec)).toEqual(await render(spec));
  });

  it("takes another template where the mail names one", async () => {
    const { render } = await setupTemplates({ "shared/notice.text.hbs": "Notice" });
    expect((await render({ template: "shared/notice" })).text).toBe("Notice");
  });

  it("makes a mail of text alone where there is no html", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "Only {{name}}" });
    const mail = await render({ locals: { name: "text" } });
    expect(mail.text).toBe("Only text");
    expect(mail).not.toHaveProperty("html");
  });

  it("takes the mailer's defaults where the mail says nothing, and the mail's word where it does", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "{{a}} {{b}}" });
    const defaults = {
      from: "Team <team@x.test>",
      replyTo: "help@x.test",
      bcc: "archive@x.test",
      headers: { "X-Team": "t", "X-Kind": "any" },
      locals: { a: 1, b: 1 },
    };

    const mail = await render(
      { replyTo: ["me@x.test"], headers: { "x-kind": "mine" }, locals: { b: 2 } },
      { defaults },
    );

    expect(mail.from).toEqual({ name: "Team", address: "team@x.test" });
    expect(mail.replyTo).toEqual([{ name: "", address: "me@x.test" }]);
    expect(mail.bcc).toEqual([{ name: "", address: "archive@x.test" }]);
    expect(mail.headers).toEqual({ "X-Team": "t", "x-kind": "mine" });
    expect(mail.text).toBe("1 2");
  });

  it("asks for a sender where nobody names one", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" }, { from: undefined });
    await expect(render()).rejects.toThrow(/no sender: .* MAIL_FROM/);
  });

  it("asks for a recipient", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    await expect(render({ to: [] })).rejects.toThrow(InvalidMailError);
    expect((await render({ to: [], bcc: "b@x.test" })).to).toEqual([]);
  });
});

describe("the subject", () => {
  const files = {
    "user-mailer/welcome.text.hbs": "x",
    "user-mailer/welcome.subject.hbs": "\n  {{name}}, welcome\n",
  };

  it("comes from its template, on one line and as plain text", async () => {
    const { render } = await setupTemplates(files);
    const mail = await render({
      subject: undefined as never,
      locals: { name: "O'Brien & Co <1>\r\nBcc: e@e.com" },
    });
    expect(mail.subject).toBe("O'Brien & Co <1> Bcc: e@e.com, welcome");
  });

  it("is the mail's own word first, then the template's, then the mailer's", async () => {
    const { render } = await setupTemplates(files);
    const { render: renderBare } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    const subjectless = { subject: undefined as never, locals: { name: "Ann" } };
    const defaults = { subject: "From the mailer" };

    expect((await render({ subject: "Mine", locals: {} }, { defaults })).subject).toBe("Mine");
    expect((await render(subjectless, { defaults })).subject).toBe("Ann, welcome");
    expect((await renderBare(subjectless, { defaults })).subject).toBe("From the mailer");
  });

  it("is asked for where there is none", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    await expect(render({ subject: undefined as never })).rejects.toThrow(
      /no subject: .*welcome\.subject\.hbs/,
    );
  });

  it("with a line break in it is refused", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    await expect(render({ subject: "Hi\r\nBcc: evil@e.com" })).rejects.toThrow(InvalidMailError);
  });
});

describe("layouts and partials", () => {
  const files = {
    "layouts/plain.html.hbs":
      "<title>{{@subject}}</title><b>{{> @partial-block}}</b>{{#> footer}}standard {{name}}{{/footer}}",
    "user-mailer/welcome.html.hbs": "Hello {{name}}",
  };
  const locals = { name: "Ann" };

  it("puts the template into the layout, which sees the same values and the subject", async () => {
    const { render } = await setupTemplates(files);
    const { html } = await render({ layout: "plain", subject: "A & B", locals });
    expect(html).toBe("<title>A &amp; B</title><b>Hello Ann</b>standard Ann");
  });

  it("lets a template fill a named block of its layout", async () => {
    const template = 'Hello{{#*inline "footer"}}mine {{name}}{{/inline}}';
    const { render } = await setupTemplates({ ...files, "user-mailer/welcome.html.hbs": template });
    expect((await render({ layout: "plain", locals })).html).toBe("<title>Hi</title><b>Hello</b>mine Ann");
  });

  it("puts a layout into a layout", async () => {
    const { render } = await setupTemplates({
      ...files,
      "layouts/news.html.hbs": "{{#> layouts/plain}}<i>{{> @partial-block}}</i>{{/layouts/plain}}",
    });
    const { html } = await render({ layout: "news", locals });
    expect(html).toBe("<title>Hi</title><b><i>Hello Ann</i></b>standard Ann");
  });

  it("lets the inner of two layouts fill a block of the outer, and leave it to mails under a name of its own", async () => {
    const { render } = await setupTemplates({
      ...files,
      "layouts/news.html.hbs":
        '{{#> layouts/plain}}{{#*inline "footer"}}{{#> news-footer}}news{{/news-footer}}{{/inline}}{{> @partial-block}}{{/layouts/plain}}',
      "user-mailer/own.html.hbs":
        '{{#*inline "news-footer"}}own{{/inline}}{{#*inline "footer"}}lost{{/inline}}Hi',
    });
    expect((await render({ layout: "news", locals })).html).toBe("<title>Hi</title><b>Hello Ann</b>news");
    const { html } = await render({ layout: "news", template: "user-mailer/own", locals });
    expect(html).toBe("<title>Hi</title><b>Hi</b>own");
  });

  it("takes the mailer's layout, and none where the mail says so", async () => {
    const { render } = await setupTemplates(files);
    const origin = { defaults: { layout: "plain" } };
    expect((await render({ locals }, origin)).html).toContain("<b>Hello Ann</b>");
    expect((await render({ locals, layout: false }, origin)).html).toBe("Hello Ann");
  });

  it("leaves the text part without a layout where the layout has no text form", async () => {
    const { render } = await setupTemplates({ ...files, "user-mailer/welcome.text.hbs": "Hello" });
    expect((await render({ layout: "plain", locals })).text).toBe("Hello");
  });

  it("names the layout file that is missing", async () => {
    const { render } = await setupTemplates(files);
    await expect(render({ layout: "gone", locals })).rejects.toThrow(/no layout .*layouts\/gone\.html\.hbs/);
  });

  it("gives partials their parameters, in the form that fits the part", async () => {
    const { render } = await setupTemplates({
      "partials/ui/button.html.hbs": '<a href="{{url}}">{{label}}</a>',
      "partials/ui/button.text.hbs": "{{label}}: {{url}}",
      "user-mailer/welcome.html.hbs": '{{> ui/button url="/a" label=name}}',
      "user-mailer/welcome.text.hbs": '{{> ui/button url="/a" label=name}}',
    });
    const mail = await render({ locals: { name: "A & B" } });
    expect(mail).toMatchObject({ html: '<a href="/a">A &amp; B</a>', text: "A & B: /a" });
  });

  it("prefers a partial next to the template, and finds those of other mailers by their path", async () => {
    const { render } = await setupTemplates({
      "partials/row.hbs": "shared",
      "user-mailer/_row.hbs": "near",
      "news-mailer/_row.hbs": "news",
      "user-mailer/welcome.text.hbs": "{{> row}} {{> news-mailer/row}}",
      "order-mailer/welcome.text.hbs": "{{> row}}",
    });
    expect((await render()).text).toBe("near news");
    expect((await render({}, { mailer: "OrderMailer" })).text).toBe("shared");
  });

  it("does not indent what a partial writes", async () => {
    const { render } = await setupTemplates({
      "partials/two.hbs": "a\nb\n",
      "user-mailer/welcome.text.hbs": "x\n  {{> two}}\ny",
    });
    expect((await render()).text).toBe("x\n  a\nb\ny");
  });
});

describe("data in templates", () => {
  const files = {
    "layouts/page.html.hbs":
      "<html><head><title>{{name}}</title><style>p { color: red }</style></head><body>{{> @partial-block}}</body></html>",
    "partials/echo.html.hbs": "<p>{{value}}</p>",
    "user-mailer/welcome.html.hbs":
      '<p title="{{name}}">{{name}}</p>{{> echo value=name}}{{#each names}}<p>{{this}}</p>{{/each}}',
    "user-mailer/welcome.text.hbs": "{{name}}",
  };
  const escaped = (value: string) => value.replace(/[&<>"'`=]/g, (mark) => `&${ENTITIES[mark] ?? ""};`);
  const ENTITIES: Readonly<Record<string, string>> = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "#x27",
    "`": "#x60",
    "=": "#x3D",
  };
  const page = (value: string) => {
    const text = escaped(value);
    const p = `<p style="color: red;">${text}</p>`;
    return `<html><head><title>${text}</title></head><body><p title="${text}" style="color: red;">${text}</p>${p}${p}${p}</body></html>`;
  };

  it.each(HOSTILE)("prints %j as it stands, escaped in html and unchanged in text", async (name) => {
    const { render } = await setupTemplates(files);
    const mail = await render({ layout: "page", locals: { name, names: [name, name] } });
    expect(mail).toMatchObject({ html: page(name), text: name });
  });

  it("prints any text as it stands", async () => {
    const { render } = await setupTemplates(files);
    const texts = fc.array(fc.constantFrom(...HOSTILE, ..."{}<>&$%'\"\\ \n=`#/!-"), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(texts, async (parts) => {
        const name = parts.join("");
        const mail = await render({ layout: "page", locals: { name, names: [name, name] } });
        expect(mail).toMatchObject({ html: page(name), text: name });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    "constructor",
    "__proto__",
    "user.constructor.name",
    "user.__proto__",
    "@root.constructor",
    "hasOwnProperty",
  ])("refuses to read {{%s}}, even where the data has it", async (path) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": `{{${path}}}` });
    const locals = JSON.parse(
      '{"constructor":"c","__proto__":"p","hasOwnProperty":"h","user":{"constructor":{"name":"c"}}}',
    );
    await expect(render({ locals })).rejects.toThrow(/cannot be read in a template/);
  });

  it("does not reach a prototype through lookup", async () => {
    const template = "[{{#if (lookup user key)}}there{{/if}}]";
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": template });
    expect((await render({ locals: { user: {}, key: "constructor" } })).text).toBe("[]");
  });
});

describe("a value that has no text", () => {
  const parts = ["html", "text", "subject"] as const;
  const plain = {
    items: [{}],
    tags: ["a", "b"],
    user: { id: { toString: () => "7" } },
    at: new Date(0),
    nothing: null,
  };

  it.each([
    ["{{user}}", /:1:1: this is an object, which has no text to print: name a property of it/],
    ["{{#each items}}\n{{this}}{{/each}}", /:2:1: this is an object/],
    ["{{items}}", /:1:1: this is an object/],
    ["{{promise}}", /:1:1: this is an object/],
    ["{{at}}", /:1:1: this is a Date, .*use \{\{date \.\.\.\}\}/],
    ["{{lookup user 'name'}}", /:1:1: this is undefined \(pass null/],
    ["{{> line user}}", /_line\.hbs:2:1: this is an object/],
  ])("is an error where %s prints it, in every part", async (template, message) => {
    const locals = { ...plain, promise: Promise.resolve("x") };
    for (const part of parts) {
      const { render } = await setupTemplates({
        "user-mailer/welcome.text.hbs": "x",
        [`user-mailer/welcome.${part}.hbs`]: template,
        "user-mailer/_line.hbs": "x\n{{this}}",
      });
      const rendering = render({
        ...(part === "subject" && { subject: undefined as never }),
        locals,
      });
      await expect(rendering, part).rejects.toThrow(message);
    }
  });

  it("prints nothing where it is null, and what says something of its own as that", async () => {
    const template = "[{{nothing}}] {{user.id}} {{tags}}";
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": template,
      "user-mailer/welcome.html.hbs": template,
    });
    expect(await render({ locals: plain })).toMatchObject({ text: "[] 7 a,b", html: "[] 7 a,b" });
  });

  it("is printed as it comes where the file says so", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "{{!-- strict: off --}}{{user}} {{lookup user 'name'}}",
    });
    expect((await render({ locals: plain })).text).toBe("[object Object] ");
  });
});

describe("partials that are not there", () => {
  it.each([
    [
      "data names one that is not there",
      "\n{{> (lookup . 'kind')}}",
      /welcome\.text\.hbs:2:1: there is no partial "x"/,
    ],
    ["one includes itself without end", "{{> loop}}", /welcome\.text\.hbs:1:1: its partials .* without end/],
    ["one wants a block and gets none", "{{> box}}", /welcome\.text\.hbs:1:1: .* wants a block/],
  ])("are an error of the template: %s", async (_what, template, message) => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": template,
      "partials/loop.hbs": "{{> loop}}",
      "partials/box.hbs": "{{> @partial-block}}",
    });
    await expect(render({ locals: { kind: "x" } })).rejects.toThrow(message);
  });
});

describe("a value that is missing", () => {
  const setup = (template: string) =>
    setupTemplates({
      "user-mailer/welcome.html.hbs": template,
      "partials/button.html.hbs": "<a>\n  {{label}}</a>",
    });

  it("is an error that names file, line, variable, mailer and action, and shows the place", async () => {
    const { folder, render } = await setup("<p>Hello</p>\n<p>{{nmae}}</p>");

    const error = await render({ locals: { name: "Secret" } }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(TemplateError);
    expect((error as TemplateError).message).toBe(
      `UserMailer.welcome cannot be rendered: ${folder}/user-mailer/welcome.html.hbs:2:6: "nmae" is missing.\n\n` +
        "  2 | <p>{{nmae}}</p>\n    |      ^\n\nLocals given: name.",
    );
  });

  it("is an error in a partial, in the partial's own file and line", async () => {
    const { render } = await setup("{{> button lable=1}}");
    await expect(render()).rejects.toThrow(/partials\/button\.html\.hbs:2:5: "label" is missing/);
  });

  it("is an error where a parameter of a partial is missing", async () => {
    const { render } = await setup("{{> button label=lable}}");
    await expect(render()).rejects.toThrow(/button\.html\.hbs:2:5: "label" is undefined \(pass null/);
  });

  it.each([
    ["{{user.name}}", {}, /"name" cannot be read: what it belongs to is missing/],
    ["{{user.name}}", { user: null }, /"name" cannot be read/],
    ["{{user.name}}", { user: {} }, /"name" is missing/],
    ["{{name}}", { name: undefined }, /"name" is undefined \(pass null/],
    ["{{#each items}}x{{/each}}", {}, /\{\{#each\}\} is given is missing/],
    ["{{#with user}}x{{/with}}", {}, /\{\{#with\}\} is given is missing/],
    ["{{#each items}}{{name}}{{/each}}", { items: [{}] }, /"name" is missing/],
    ["{{@user}}", {}, /"user" is missing/],
  ])("%s with %o is an error", async (template, locals, message) => {
    const { render } = await setup(template);
    await expect(render({ locals })).rejects.toThrow(message);
  });

  it("says so where a getter of a class would have printed nothing", async () => {
    const { render } = await setup("{{user.name}}");
    class User {
      get name() {
        return "Ann";
      }
    }
    await expect(render({ locals: { user: new User() } })).rejects.toThrow(
      /belongs to a class.*plain data only/,
    );
  });

  it("says of a mongoose document how a template can read it", async () => {
    const { render } = await setup("{{user.name}}");
    const User = mongoose.model("RenderedUser", new mongoose.Schema({ name: String }));
    await expect(render({ locals: { user: new User({ name: "Ann" }) } })).rejects.toThrow(
      '"name" belongs to a mongoose document (give the template .lean() or .toObject() of it)',
    );
  });

  it("may be asked for with if, and null prints nothing", async () => {
    const { render } = await setup("{{#if coupon}}x{{else}}none{{/if}}{{note}}{{#each items}}x{{/each}}");
    expect((await render({ locals: { note: null, items: null } })).html).toBe("none");
  });
});

describe("a template that is missing or broken", () => {
  it("names the files looked for, mailer, action and the way out", async () => {
    const { folder, render } = await setupTemplates({});
    await expect(render()).rejects.toThrow(
      `UserMailer.welcome cannot be rendered: there is neither ${folder}/user-mailer/welcome.html.hbs ` +
        `nor ${folder}/user-mailer/welcome.text.hbs. Write one of them, or name another with \`template\`.`,
    );
  });

  it("says what to do where the whole folder is missing", async () => {
    const { render } = await setupTemplates({}, { templates: "no/such/folder" });
    await expect(render()).rejects.toThrow(/templates folder "no\/such\/folder" cannot be read: .*Create it/);
  });

  it("cannot name a file outside the templates folder", async () => {
    const { folder } = await setupTemplates({
      "outside.html.hbs": "secret",
      "inside/user-mailer/welcome.html.hbs": "x",
    });
    const { render } = await setupTemplates({}, { templates: `${folder}/inside` });
    await expect(render({ template: "../outside" })).rejects.toThrow(TemplateError);
    await expect(render({ layout: "../../outside" })).rejects.toThrow(TemplateError);
  });

  it("does not stop the mails that do not use it", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "fine",
      "user-mailer/other.text.hbs": "{{#if}",
      "partials/broken.hbs": "{{#if}",
    });
    expect((await render()).text).toBe("fine");
    await expect(render({}, { action: "other" })).rejects.toThrow(
      /other\.text\.hbs:1:6: this is not a Handlebars/,
    );
  });

  it("is an error and not a crash where a partial includes itself", async () => {
    const { render } = await setupTemplates({
      "partials/loop.hbs": "{{> loop}}",
      "user-mailer/welcome.text.hbs": "{{> loop}}",
    });
    await expect(render()).rejects.toThrow(TemplateError);
  });
});

describe("changed templates", () => {
  const files = {
    "layouts/page.html.hbs": '<head><link rel="stylesheet" href="a.css"></head>{{> @partial-block}}',
    "layouts/a.css": "p { color: red }",
    "partials/sign.html.hbs": "one",
    "user-mailer/welcome.html.hbs": "<p>{{> sign}}</p>",
  };
  const spec = { layout: "page" };

  it("are read again in development: template, partial, layout and stylesheet", async () => {
    const { render, write, remove } = await setupTemplates(files, { development: true });
    expect((await render(spec)).html).toBe('<head></head><p style="color: red;">one</p>');

    await write("partials/sign.html.hbs", "two");
    expect((await render(spec)).html).toContain(">two</p>");
    await write("layouts/a.css", "p { color: tan }");
    expect((await render(spec)).html).toContain("color: tan");
    await write("layouts/page.html.hbs", "new {{> @partial-block}}");
    expect((await render(spec)).html).toBe("new <p>two</p>");
    await write("user-mailer/welcome.html.hbs", "rewritten");
    expect((await render(spec)).html).toBe("new rewritten");
    await remove("user-mailer/welcome.html.hbs");
    await expect(render(spec)).rejects.toThrow(/there is neither/);
  });

  it("are not looked for otherwise", async () => {
    const { render, write } = await setupTemplates(files);
    const before = await render(spec);
    await write("partials/sign.html.hbs", "two");
    expect(await render(spec)).toEqual(before);
  });

  it("are found when the folder came after the first try", async () => {
    const { folder, render, write } = await setupTemplates({}, {});
    const { render: renderLate } = await setupTemplates({}, { templates: `${folder}/late` });
    await expect(renderLate()).rejects.toThrow(TemplateError);
    await write("late/user-mailer/welcome.text.hbs", "here");
    expect((await renderLate()).text).toBe("here");
    await expect(render()).rejects.toThrow(TemplateError);
  });
});
