import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, it } from "vitest";
import { useCli } from "./support/cli.ts";

const page = readFileSync("docs/previews.md", "utf8");
const { cli, folder } = useCli();

/** The files that the page shows, in the folder of the test; the mailer and its samples are loaded. */
async function setup(): Promise<void> {
  const files = page.matchAll(/^`([\w/.-]+)`\n\n```\w+\n([\s\S]*?)^```$/gm);
  for (const [, name = "", text = ""] of files) {
    // Not where the command line would look: this process reads TypeScript by itself.
    const path = join(folder(), name.replace("mailers/", "application/"));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll('"delayed-mailer"', `"${resolve("src/index.ts")}"`));
  }
  await import(join(folder(), "application/trip-mailer.preview.ts"));
}

/** What the page prints after a line that begins so, with single spaces. */
function shown(start: string): string {
  const at = page.indexOf(`\`\`\`\n${start}`);
  return squeezed(page.slice(at + 4, page.indexOf("```", at + 4)));
}

const squeezed = (text: string) => text.replace(/ +/g, " ").trim();

it("the mailer and the samples in docs/previews.md are shown as the page says, and checked", async () => {
  await setup();
  const out = join(folder(), ".delayed-mailer/previews");
  const { code, out: said, err } = await cli("preview", "TripMailer", "--out", out);

  expect(err).toBe("");
  expect(squeezed(said.replaceAll(`${folder()}/`, ""))).toBe(shown("MAIL "));
  expect(code).toBe(0);
  const text = (...path: readonly string[]) => readFileSync(join(out, ...path, "mail.txt"), "utf8").slice(1);
  expect(text("TripMailer.confirm", "for a company", "en")).toBe(
    "Ann, your trip for 12 is booked by Tea & Co.\n",
  );
  expect(text("TripMailer.remind", "in Vienna", "de-AT")).toBe("Abfahrt um 23:30.\n");
  expect((await cli("check")).code).toBe(0);

  const template = join(folder(), "templates/trip-mailer/confirm.html.hbs");
  writeFileSync(template, readFileSync(template, "utf8").replace("{{name}}", "{{nmae}}"));
  const checked = await cli("check");
  expect(squeezed(checked.out.replaceAll(`${folder()}/`, ""))).toContain(shown("problem  previews"));
  expect(checked.out).toContain("TripMailer.cancel has no preview");
  expect(checked.code).toBe(1);
});

it("docs/previews.md names every option of the command", async () => {
  const { out } = await cli("preview", "--help");
  const options = Array.from(out.matchAll(/^ {2}(--\w+(?: [A-Z]+)?)/gm), ([, option = ""]) => option);
  expect(options).toHaveLength(5);
  for (const option of options) expect(page).toContain(`| \`${option}\` `);
});
