import { constants } from "node:fs";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { openPreviewer } from "../../app/current-app.ts";
import { errorMessage } from "../../errors/error-message.ts";
import { isLocale } from "../../mail/language.ts";
import type { Preview } from "../../mailers/preview.ts";
import type { Failed, Stopped } from "../../previews/showing.ts";
import { type Command, EXIT, NotFoundError, parseFlags, UsageError } from "../command.ts";
import { choosePreviews } from "./preview-choice.ts";
import { type WrittenPreview, writePreview } from "./preview-files.ts";
import { previewIndex } from "./preview-index.ts";
import { reportAsJson, reportAsText } from "./preview-report.ts";

const FLAGS = {
  scenario: { type: "string" },
  locale: { type: "string", multiple: true },
  out: { type: "string", default: ".delayed-mailer/previews" },
  open: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const previewCommand: Command = {
  name: "preview",
  summary: "make mails from sample data, and look at them",
  help: `preview [Mailer.action | Mailer] [options]

Makes mails as they would be sent, from the samples in mailers/*.preview.ts and
in the previews of mailer(), and writes html, text, headers, attachments and
the whole .eml of each, in every language that templates or catalogues are
written in. Without a name: all of them. Sends nothing, stores nothing, needs
no mail server. Exit code 1 when a mail cannot be made.

  --scenario NAME   only the samples of this name
  --locale TAG      in this language; may be repeated
  --out FOLDER      where to write; default .delayed-mailer/previews
  --open            show it in the browser: the mail, or a page with links
  --json            one line for each mail

Example: delayed-mailer preview UserMailer.sendRegistrationMail --open`,
  mailers: "some",
  previews: true,
  async run(args, terminal, unloaded = []) {
    const { values, positionals } = parseFlags(args, FLAGS);
    const { previews, missing } = choosePreviews(positionals, values.scenario);
    const locales = values.locale?.map(localeFlag);
    const { written, unwritten } = await writeAll(previews, locales, values.out);
    const page = await writeIndex(written, values.out);
    const report = values.json ? reportAsJson : reportAsText;
    report({ written, page, unwritten, missing, unloaded }, terminal);
    if (values.open && page !== undefined) await openInBrowser(written, page);
    const isWell = unwritten.every(({ kind }) => kind === "stopped") && unloaded.length === 0;
    const isThere = positionals.length === 0 || previews.length > 0;
    return isWell && isThere ? EXIT.ok : EXIT.failed;
  },
};

async function writeAll(previews: readonly Preview[], locales: readonly string[] | undefined, out: string) {
  const previewer = await openPreviewer();
  await prepareFolder(out);
  const written: WrittenPreview[] = [];
  const unwritten: (Failed | Stopped)[] = [];
  for (const preview of previews)
    for (const showing of await previewer.show(preview, locales))
      if (showing.kind === "shown") written.push(await writePreview(showing, out));
      else unwritten.push(showing);
  return { written, unwritten };
}

/** @throws UsageError */
async function prepareFolder(out: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
    await access(out, constants.W_OK);
  } catch (error) {
    throw new UsageError(
      `--out: the folder ${out} cannot be written: ${errorMessage(error)}. Name another.`,
      {
        cause: error,
      },
    );
  }
}

/** @throws UsageError */
function localeFlag(text: string): string {
  if (isLocale(text)) return text;
  throw new UsageError(`--locale takes a language tag such as de or de-AT, not "${text}".`);
}

/** @returns the path of the page that links to all of them, when there is one to link to */
async function writeIndex(written: readonly WrittenPreview[], out: string): Promise<string | undefined> {
  if (written.length === 0) return undefined;
  const page = join(out, "index.html");
  await writeFile(page, previewIndex(written, page));
  return page;
}

/** @throws NotFoundError */
async function openInBrowser(written: readonly WrittenPreview[], page: string): Promise<void> {
  const { default: open } = await import("open");
  const [only] = written.length === 1 ? written : [];
  const path = resolve(only?.files.html ?? page);
  try {
    await open(path);
  } catch (error) {
    throw new NotFoundError(`No browser can be opened (${errorMessage(error)}). Open ${path} yourself.`, {
      cause: error,
    });
  }
}
