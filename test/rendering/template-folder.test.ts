import { describe, expect, it } from "vitest";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import { TemplateFolder } from "../../src/rendering/templates/template-folder.ts";
import { setupTemplates } from "../support/templates.ts";

async function setup(development: boolean) {
  const { folder, write } = await setupTemplates({ "m/a.text.hbs": "old" });
  const engine = new TemplateEngine();
  return { templates: new TemplateFolder({ folder, engine, development, defaultLocale: "en" }), write };
}

describe("a templates folder", () => {
  it("is looked at together by all mails that are made at once", async () => {
    const { templates } = await setup(true);
    const asked = [templates.current(), templates.current(), templates.current()];
    expect(new Set(asked).size).toBe(1);
    await asked[0];
    expect(templates.current()).not.toBe(asked[0]);
  });

  it("shows nobody what was there before he asked, though a look is under way", async () => {
    const { templates, write } = await setup(true);
    const first = templates.current();
    await Promise.resolve();
    await write("m/a.text.hbs", "new!");
    const { files } = await templates.current();
    expect(files.file("m/a.text.hbs").text).toBe("new!");
    await first;
  });

  it("is read once in production", async () => {
    const { templates } = await setup(false);
    const set = await templates.current();
    expect(templates.current()).toBe(set);
  });
});
