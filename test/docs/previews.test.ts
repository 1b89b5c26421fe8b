import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { useCli } from "../support/cli.ts";
import { blockWith, commandsIn } from "../support/docs.ts";
import { writeFilesOf } from "../support/page-files.ts";

const PAGE = "docs/previews.md";
const { cli, folder } = useCli();

/** The files that the page shows, in the folder of the test; the mailer and its samples are loaded. */
async function setup(): Promise<void> {
  // Not where the command line would look: this process reads TypeScript by itself.
  const rename = (path: string) => path.replace("mailers/", "application/");
  await writeFilesOf(PAGE, { folder: folder(), rename });
  await import(join(folder(), "application/trip-mailer.preview.ts"));
}

/** What the command lines of the page say that they wrote. */
async function mailsWritten(): Promise<readonly (string | undefined)[]> {
  const written = [];
  for (const [, , ...words] of commandsIn(blockWith(PAGE, "TripMailer.remind --open"))) {
    const shown = words.filter((word) => word !== "--open"); // which would start a browser
    const { out } = await cli(...shown, "--out", join(folder(), "written"));
    written.push(/\d+ mails written/.exec(out)?.[0]);
  }
  return written;
}

const squeezed = (text: string) => text.replace(/ +/g, " ").trim();

it("the mailer and the samples in docs/previews.md are shown as the page says, and checked", async () => {
  await setup();
  const out = join(folder(), ".delayed-mailer/previews");
  const { code, out: said, err } = await cli("preview", "TripMailer", "--out", out);

  expect(err).toBe("");
  expect(squeezed(said.replaceAll(`${folder()}/`, ""))).toBe(squeezed(blockWith(PAGE, "MAIL ")));
  expect(code).toBe(0);
  const text = (...path: readonly string[]) => readFileSync(join(out, ...path, "mail.txt"), "utf8").slice(1);
  expect(text("TripMailer.confirm", "for a company", "en")).toBe(
    "Ann, your trip for 12 is booked by Tea & Co.\n",
  );
  expect(text("TripMailer.remind", "in Vienna", "de-AT")).toBe("Abfahrt um 23:30.\n");
  expect((await cli("check")).code).toBe(0);
  expect(await mailsWritten()).toEqual(["6 mails written", "6 mails written", "3 mails written"]);

  const template = join(folder(), "templates/trip-mailer/confirm.html.hbs");
  writeFileSync(template, readFileSync(template, "utf8").replace("{{name}}", "{{nmae}}"));
  const checked = await cli("check");
  expect(squeezed(checked.out.replaceAll(`${folder()}/`, ""))).toContain(
    squeezed(blockWith(PAGE, "problem  previews")),
  );
  expect(checked.out).toContain("TripMailer.cancel has no preview");
  expect(checked.code).toBe(1);
});

it("docs/previews.md names every option of the command", async () => {
  const { out } = await cli("preview", "--help");
  const options = Array.from(out.matchAll(/^ {2}(--\w+(?: [A-Z]+)?)/gm), ([, option = ""]) => option);
  expect(options).toHaveLength(5);
  const page = readFileSync(PAGE, "utf8");
  for (const option of options) expect(page).toContain(`| \`${option}\` `);
});
