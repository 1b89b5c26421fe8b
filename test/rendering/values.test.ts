import { describe, expect, it } from "vitest";
import { InvalidMailError, TemplateError } from "../../src/errors/errors.ts";
import { setupTemplates } from "../support/templates.ts";

describe("a value that no reader would see as it is", () => {
  it.each<[string, unknown, string]>([
    ["NaN", Number.NaN, "1:4: this is NaN, which is no number"],
    ["an infinite number", Number.POSITIVE_INFINITY, "1:4: this is Infinity, which is no number"],
    ["NaN in a list", [1, Number.NaN], "1:4: this is NaN, which is no number"],
    ["a NUL character", "a\0b", "1:4: this holds a NUL character"],
    ["half a character", "a\ud800", "1:4: this holds half a character (a lone surrogate)"],
  ])("is an error with its place: %s", async (_what, x, message) => {
    for (const format of ["html", "text"]) {
      const { render } = await setupTemplates({ [`user-mailer/welcome.${format}.hbs`]: "<p>{{x}}</p>" });
      const mail = render({ locals: { x } });
      await expect(mail).rejects.toThrow(TemplateError);
      await expect(mail).rejects.toThrow(`welcome.${format}.hbs:${message}`);
    }
  });

  it.each(["a\0b", "a\ud800"])(
    "is an error where the template itself holds it, or lets it through: %j",
    async (text) => {
      const files = { "user-mailer/welcome.text.hbs": "{{!-- strict: off --}}{{x}}" };
      const { render } = await setupTemplates(files);
      await expect(render({ locals: { x: text } })).rejects.toThrow(InvalidMailError);
      await expect(render({ locals: { x: text } })).rejects.toThrow(
        /^The text of the mail holds (a NUL|half a)/,
      );
    },
  );

  it("is an error with its place where a getter throws", async () => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "{{user.name}}" });
    const user = {
      get name() {
        throw new Error("the document is gone");
      },
    };
    await expect(render({ locals: { user } })).rejects.toThrow(
      'welcome.text.hbs:1:3: "name" cannot be read: the document is gone',
    );
  });

  it("is an error in a text of a catalogue", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": '{{t "left" n=n}}',
      "locales/en.json": '{ "left": "{n} left" }',
    });
    await expect(render({ locals: { n: Number.NaN } })).rejects.toThrow("{n} is NaN, which is no number");
  });

  it.each([
    ["a\0", "a NUL character"],
    ["a\ud800", "half a character (a lone surrogate)"],
    ["a\nb", "a line break or control character"],
  ])("is called what it is in a subject: %j", async (subject, what) => {
    const { render } = await setupTemplates({ "user-mailer/welcome.text.hbs": "x" });
    await expect(render({ subject })).rejects.toThrow(`The subject holds ${what}: leave that out.`);
  });
});

describe("{{^coupon}}", () => {
  const TEMPLATE = "{{^coupon}}none{{else}}one{{/coupon}}{{^user.coupon}}!{{/user.coupon}}";

  it.each([
    [{}, "none!"],
    [{ coupon: null }, "none!"],
    [{ coupon: "" }, "none!"],
    [{ coupon: [] }, "none!"],
    [{ coupon: "TEA", user: { coupon: "x" } }, "one"],
  ])("asks as {{#unless coupon}} does, of %j", async (locals, text) => {
    const { render, renderer } = await setupTemplates({ "user-mailer/welcome.text.hbs": TEMPLATE });
    expect((await render({ locals })).text).toBe(text);
    expect(await renderer.check()).toEqual([]);
  });

  it("keeps the white space of its template", async () => {
    const { render } = await setupTemplates({
      "user-mailer/welcome.text.hbs": "a\n{{^x}}\n  b\n{{/x}}\nc {{~^x~}} d {{~/x~}} e",
    });
    expect((await render({ locals: {} })).text).toBe("a\n  b\ncde");
  });
});
