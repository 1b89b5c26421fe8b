import { describe, expect, it, vi } from "vitest";
import { InvalidMailError, TemplateError } from "../../src/errors/errors.ts";
import type { MailSpec } from "../../src/mail/mail.ts";
import { ORIGIN, setupTemplates } from "../support/templates.ts";

const HTML = "<style>p { color: red }</style><p>Hello <b>Ann</b></p>";

describe("html and text that an action gives", () => {
  it("are the mail's, and no template is looked for", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.html.hbs": "<p>template</p>" });
    const mail = await render({ html: HTML, text: "Hello Ann" });
    expect(mail).toMatchObject({ html: HTML, text: "Hello Ann", subject: "Hi", locale: "en" });
  });

  it("may be html alone: the text is made from it", async () => {
    const { render } = await setupTemplates({});
    expect(await render({ html: HTML })).toMatchObject({ html: HTML, text: "Hello Ann\n" });
  });

  it("may be text alone: the mail has no html", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.html.hbs": "<p>template</p>" });
    const mail = await render({ text: "Hello Ann" });
    expect(mail.text).toBe("Hello Ann");
    expect(mail).not.toHaveProperty("html");
  });

  it("have their styles inlined where the mail asks for it", async () => {
    const { render } = await setupTemplates({});
    const { html } = await render({ html: HTML, inlineCss: true });
    expect(html).toBe('<p style="color: red;">Hello <b>Ann</b></p>');
  });

  it("have their styles inlined where the mailer's defaults() ask for it", async () => {
    const { render } = await setupTemplates({});
    const defaults = { inlineCss: true };
    expect((await render({ html: HTML }, { defaults })).html).toContain('style="color: red;"');
    expect((await render({ html: HTML, inlineCss: false }, { defaults })).html).toBe(HTML);
  });

  it("need no templates folder", async () => {
    const { render, remove } = await setupTemplates({ "a.text.hbs": "" });
    await remove("a.text.hbs");
    expect((await render({ text: "x" }, {})).text).toBe("x");
    const { render: without } = await setupTemplates({}, { templates: "/nonexistent/templates" });
    expect((await without({ text: "x" })).text).toBe("x");
    await expect(without()).rejects.toThrow(TemplateError);
  });

  it("leave the subject to its template or catalogue where the action gives none", async () => {
    const { renderer } = await setupTemplates({ "user-mailer/welcome.subject.hbs": "Hello {{name}}" });
    const spec = { to: "ann@x.test", text: "x", locals: { name: "Ann" } };
    expect((await renderer.render(spec, ORIGIN)).subject).toBe("Hello Ann");
  });

  it("show attachments by their cid", async () => {
    const { render } = await setupTemplates({});
    const logo = { filename: "logo.png", content: Buffer.from("x"), cid: "logo" };
    const mail = await render({ html: '<img src="cid:logo">', attachments: [logo] });
    expect(mail.attachments?.[0]?.cid).toBe("logo");
  });

  it.each<[string, object]>([
    ["`html` is a promise: await it", { html: Promise.resolve("<p>") }],
    ["`html` must be a string", { html: Buffer.from("<p>") }],
    ["`text` must be a string", { text: null }],
    ["`html` is empty", { html: " " }],
    ["`text` holds a NUL character", { text: "a\0b" }],
    ["`html` holds half a character (a lone surrogate)", { html: "<p>\ud800</p>" }],
    ["gives `template` beside html or text", { html: "<p>x</p>", template: "shared/x" }],
    ["gives `layout` beside html or text", { html: "<p>x</p>", layout: "application" }],
  ])("are refused where %s", async (problem, spec) => {
    const { render } = await setupTemplates({});
    const mail = render(spec as Partial<MailSpec>);
    await expect(mail).rejects.toThrow(InvalidMailError);
    await expect(mail).rejects.toThrow(problem);
  });
});

describe("a mailer's own renderer", () => {
  it("makes the words, from what the action and defaults() say in one", async () => {
    const { render } = await setupTemplates({});
    const renderer = vi.fn(async () => ({ html: HTML, subject: "Hello" }));
    const mail = await render(
      { locals: { name: "Ann" } },
      { renderer, defaults: { locals: { shop: "Tea" }, layout: "application" }, params: { locale: "de-AT" } },
    );
    expect(mail).toMatchObject({ html: HTML, text: "Hello Ann\n", subject: "Hi", locale: "de-AT" });
    expect(renderer).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        mailer: "UserMailer",
        action: "welcome",
        to: "ann@x.test",
        template: "user-mailer/welcome",
        layout: "application",
        locals: { shop: "Tea", name: "Ann" },
        locale: "de-AT",
        timeZone: "UTC",
      }),
    );
  });

  it("may give the subject, the text, and ask for styles to be inlined", async () => {
    const { renderer: own } = await setupTemplates({});
    const renderer = () => ({ html: HTML, text: "Hi Ann", subject: "Hello", inlineCss: true });
    const mail = await own.render({ to: "ann@x.test" }, { ...ORIGIN, renderer });
    expect(mail).toMatchObject({ subject: "Hello", text: "Hi Ann", html: expect.stringContaining("style=") });
  });

  it("is not asked where the action gives the words itself", async () => {
    const { render } = await setupTemplates({});
    const renderer = vi.fn();
    expect((await render({ text: "x" }, { renderer })).text).toBe("x");
    expect(renderer).not.toHaveBeenCalled();
  });

  it("fails the mail with its own error", async () => {
    const { render } = await setupTemplates({});
    const error = new Error("mjml: unknown element mj-txt");
    await expect(render({}, { renderer: () => Promise.reject(error) })).rejects.toBe(error);
  });

  it.each([undefined, null, "<p>x</p>", {}])("that gives %j is said to give no words", async (made) => {
    const { render } = await setupTemplates({});
    const mail = render({}, { renderer: () => made as object });
    await expect(mail).rejects.toThrow("The renderer of UserMailer gave no words: it must give { html }");
  });
});

describe("what a mail has no part for", () => {
  it.each([
    [{ subjct: "x" }, 'this.mail({ ... }): "subjct" is no part of a mail. Did you mean `subject`?'],
    [{ replyto: "x" }, "Did you mean `replyTo`?"],
    [{ atachments: [] }, "Did you mean `attachments`?"],
    [{ context: {} }, "Did you mean `locals`?"],
    [{ xyzzy: 1 }, '"xyzzy" is no part of a mail. There are to, cc,'],
    [
      { attachments: [{ filename: "a", content: "YQ==", encoding: "base64" }] },
      'Buffer.from(text, "base64")',
    ],
    [
      { attachments: [{ fileName: "a", content: "a" }] },
      '`attachments[0]`: "fileName" is no part of an attachment. Did you mean `filename`?',
    ],
    [{ list: { unsubscibe: "x" } }, '`list`: "unsubscibe" is no part of a list. Did you mean `unsubscribe`?'],
    [{ calendar: { methd: "x" } }, "Did you mean `method`?"],
  ])("is refused by name, with the nearest right one: %j", async (spec, problem) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    await expect(render(spec as Partial<MailSpec>)).rejects.toThrow(problem);
  });

  it("is refused in defaults() too, and so is what only one mail can say", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    const defaults = (given: object) => render({}, { defaults: given });
    await expect(defaults({ form: "x" })).rejects.toThrow(
      'The mailer\'s defaults(): "form" is no part of defaults(). Did you mean `from`?',
    );
    await expect(defaults({ html: "x" })).rejects.toThrow('"html" is no part of defaults()');
  });
});
