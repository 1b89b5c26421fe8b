import { describe, expect, it } from "vitest";
import { changedMail } from "../../src/delivery/change-mail.ts";
import { encodedTextsOf } from "../../src/mail/quoted-printable.ts";
import { compose } from "../../src/mime/compose.ts";
import { setupTemplates } from "../support/templates.ts";

async function setup() {
  const { render } = await setupTemplates({
    "user-mailer/welcome.html.hbs": "<p>Hello {{name}}</p>\n",
    "user-mailer/welcome.text.hbs": "Hello {{name}}\n",
  });
  return render({ locals: { name: "Ann" } });
}

describe("a change to a mail whose texts were encoded once", () => {
  it("keeps them so where it is not about them", async () => {
    const mail = await setup();
    const changed = changedMail(mail, { headers: { "X-Tag": "a" }, subject: "Other" });
    expect(encodedTextsOf(mail)).toBeDefined();
    expect(encodedTextsOf(changed)).toBe(encodedTextsOf(mail));
    expect(changed).toMatchObject({ html: "<p>Hello Ann</p>\n", text: "Hello Ann\n" });
  });

  it.each(["html", "text"])("makes the mail as a whole where it is about its %s", async (part) => {
    const changed = changedMail(await setup(), { [part]: "Something else\n" });
    expect(encodedTextsOf(changed)).toBeUndefined();
    expect((await compose(changed)).toString()).toContain("Something else");
  });

  it("is not needed to copy a mail with its texts", async () => {
    const mail = await setup();
    expect({ ...mail }).toMatchObject({ html: "<p>Hello Ann</p>\n", text: "Hello Ann\n" });
    expect(structuredClone(mail)).toEqual(mail);
  });
});
