import { cp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import { TemplateFolder } from "../../src/rendering/templates/template-folder.ts";
import { setupTemplates } from "../support/templates.ts";

async function setup(development: boolean) {
  const { folder, write } = await setupTemplates({ "m/a.text.hbs": "old" });
  const engine = new TemplateEngine();
  return {
    folder,
    templates: new TemplateFolder({ folder, engine, development, defaultLocale: "en" }),
    write,
  };
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

  it("shows every change to the next mail, however many there are", async () => {
    const { templates, write } = await setup(true);
    for (let turn = 0; turn < 50; turn++) {
      await write("m/a.text.hbs", `turn ${turn}`);
      const { files } = await templates.current();
      expect(files.file("m/a.text.hbs").text).toBe(`turn ${turn}`);
      // With nothing changed it is the same set, which keeps its compiled templates.
      for (let again = 0; again < 3; again++) expect((await templates.current()).files).toBe(files);
    }
  });

  it("shows what came, went, moved and was put in its place", async () => {
    const { folder, templates, write } = await setup(true);
    const text = async (key: string) => (await templates.current()).files.file(key).text;
    const quiet = async () => {
      for (let again = 0; again < 3; again++) await templates.current();
    };
    await quiet();
    await write("new/deep/b.text.hbs", "b");
    expect(await text("new/deep/b.text.hbs")).toBe("b");
    await quiet();
    await write("new/deep/b.text.hbs", "b2");
    expect(await text("new/deep/b.text.hbs")).toBe("b2");
    await quiet();
    await rename(join(folder, "new/deep"), join(folder, "new/other"));
    expect(await text("new/deep/b.text.hbs")).toBe("");
    expect(await text("new/other/b.text.hbs")).toBe("b2");
    await quiet();
    await rm(join(folder, "m/a.text.hbs"));
    expect(await text("m/a.text.hbs")).toBe("");
    await quiet();
    await cp(folder, `${folder}-next`, { recursive: true });
    await writeFile(join(`${folder}-next`, "m/a.text.hbs"), "next");
    await rename(folder, `${folder}-before`);
    await rename(`${folder}-next`, folder);
    expect(await text("m/a.text.hbs")).toBe("next");
    await quiet();
    await write("m/a.text.hbs", "after");
    expect(await text("m/a.text.hbs")).toBe("after");
    await quiet();
    await rm(folder, { recursive: true });
    await expect(templates.current()).rejects.toThrow(/cannot be read/);
    await write("m/a.text.hbs", "again");
    expect(await text("m/a.text.hbs")).toBe("again");
    for (const left of [`${folder}-before`, folder]) await rm(left, { recursive: true, force: true });
  });

  it("is read once in production", async () => {
    const { templates } = await setup(false);
    const set = await templates.current();
    expect(templates.current()).toBe(set);
  });
});
