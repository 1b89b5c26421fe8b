import type { Failed, PreviewResult, Stopped } from "../../previews/showing.ts";
import type { WithoutPreview } from "../../previews/without-preview.ts";
import { CLIPPED_OVER } from "../../rendering/clipping.ts";
import type { Terminal, UnloadedFile } from "../command.ts";
import { printable, printJson, printTable } from "../output.ts";
import type { WrittenPreview } from "./preview-files.ts";

export interface PreviewReport {
  readonly written: readonly WrittenPreview[];
  /** Path of the page that links to all of them. */
  readonly page: string | undefined;
  readonly unwritten: readonly (Failed | Stopped)[];
  readonly missing: readonly WithoutPreview[];
  readonly unloaded: readonly UnloadedFile[];
}

/** One line for everything that was asked for, and what became of it. */
export function reportAsJson(
  { written, unwritten, missing, unloaded }: PreviewReport,
  terminal: Terminal,
): void {
  for (const { preview, locales, subject, htmlBytes, files } of written) {
    const clipped = htmlBytes > CLIPPED_OVER;
    printJson(terminal, { ...called({ preview, locales }), subject, htmlBytes, clipped, files });
  }
  for (const showing of unwritten)
    if (showing.kind === "stopped") printJson(terminal, { ...called(showing), stopped: showing.reason });
    else printJson(terminal, { ...called(showing), ...showing.place, problem: showing.message });
  for (const { mailer, action, hint } of missing) printJson(terminal, { mailer, action, missing: hint });
  for (const { file, problem } of unloaded) printJson(terminal, { file, problem });
}

function called({ preview, locales }: Named) {
  const { mailer, action, scenario } = preview;
  return { mailer, action, scenario, locales };
}

export function reportAsText(report: PreviewReport, terminal: Terminal): void {
  const { written, page, unwritten, missing, unloaded } = report;
  const { out, err } = terminal;
  if (page !== undefined) {
    printTable(terminal, ["MAIL", "SCENARIO", "LOCALES", "WRITTEN TO", "SUBJECT"], written.map(row));
    const count = written.length === 1 ? "One mail" : `${written.length} mails`;
    out.write(`\n${count} written; ${page} links to all.\n`);
  }
  for (const { mailer, action, hint } of missing)
    out.write(`${printable(`${mailer}.${action} has no preview. Write ${hint}`)}\n`);
  for (const showing of unwritten)
    if (showing.kind === "stopped") out.write(`${stoppedLine(showing)}\n`);
    else err.write(`${failureText(showing)}\n`);
  for (const { file, problem } of unloaded) err.write(`${printable(`${file}: ${problem}`)}\n`);
}

function row({ preview, locales, subject, files }: WrittenPreview): readonly string[] {
  const { mailer, action, scenario } = preview;
  return [`${mailer}.${action}`, scenario, locales.join(" "), files.html ?? files.text, subject];
}

type Named = Pick<PreviewResult, "preview" | "locales">;

/** Which mail it is about, for people: `UserMailer.welcome, "normal", in de`. */
export function nameOf({ preview, locales }: Named): string {
  const { mailer, action, scenario } = preview;
  const languages = locales.length === 0 ? "" : `, in ${locales.join(", ")}`;
  return `${mailer}.${action}, "${scenario}"${languages}`;
}

export function stoppedLine(showing: Stopped): string {
  return printable(`${nameOf(showing)} is stopped: ${showing.reason}`);
}

/** `templates/user-mailer/welcome.de.html.hbs:3: UserMailer.welcome, "normal", in de: "name" is missing`, and the place in the file. */
export function failureText(showing: Failed): string {
  const { place, message, excerpt } = showing;
  const where = place === undefined ? "" : `${place.file}:${place.line}: `;
  const line = `${where}${nameOf(showing)}: ${message}`;
  return [...line.split("\n"), ...(excerpt?.split("\n") ?? [])].map(printable).join("\n");
}
