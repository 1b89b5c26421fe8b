import "./samples.ts";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openPreviewer } from "../src/app/current-app.ts";
import { previewRegistry } from "../src/mailers/preview.ts";
import type { Case } from "./kits.ts";

const LINK = /<link rel="stylesheet" href="([\w./-]+)"\s*\/?>/g;

/** The sample mails with their styles still in the head, beside what they are sent as. */
export async function samplePages(): Promise<readonly Case[]> {
  const folder = mkdtempSync(join(tmpdir(), "differential-"));
  try {
    cpSync("templates", folder, { recursive: true });
    embedStylesheets(folder);
    const sent = await mails("templates");
    const written = await mails(folder);
    return [...written].map(([name, html]) => ({ name, html, after: sent.get(name) ?? "" }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function embedStylesheets(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((each) =>
    each.endsWith(".hbs"),
  )) {
    const file = join(folder, name);
    const embedded = readFileSync(file, "utf8").replace(
      LINK,
      (_, href: string) => `<style data-embed>${readFileSync(join(dirname(file), href), "utf8")}</style>`,
    );
    writeFileSync(file, embedded);
  }
}

async function mails(templates: string): Promise<ReadonlyMap<string, string>> {
  process.env.DELAYED_MAILER_TEMPLATES = templates;
  const previewer = await openPreviewer();
  const pages = new Map<string, string>();
  for (const preview of previewRegistry.all())
    for (const showing of await previewer.show(preview)) {
      if (showing.kind !== "shown" || showing.mail.html === undefined) continue;
      const { mailer, action, scenario } = preview;
      pages.set(`${mailer}.${action}, ${scenario}, ${showing.locales[0]}`, showing.mail.html);
    }
  return pages;
}
