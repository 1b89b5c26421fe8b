import { mkdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { AttachedFile } from "../../mail/content.ts";
import type { Preview } from "../../mailers/preview.ts";
import { readableHeaders } from "../../previews/readable-headers.ts";
import type { Shown } from "../../previews/showing.ts";
import { visibleHtml } from "../../previews/visible-html.ts";
import { folderName } from "../folder-name.ts";

/** What is told of a mail that was written. */
export interface WrittenPreview {
  readonly preview: Preview;
  readonly locales: readonly string[];
  readonly subject: string;
  /** Size of the html as it would be sent, in bytes. */
  readonly htmlBytes: number;
  readonly files: PreviewFiles;
}

/** Paths. */
interface PreviewFiles {
  /** Absent for a mail of text alone. */
  readonly html?: string;
  readonly text: string;
  readonly headers: string;
  readonly eml: string;
  readonly attachments: readonly { readonly filename: string; readonly path: string }[];
}

/** Browsers take a file without it for Latin-1. */
const UTF8_MARK = "\ufeff";

/** Writes a mail below `out`, in a folder of its own: `<Mailer.action>/<scenario>/<locale>/`. */
export async function writePreview(shown: Shown, out: string): Promise<WrittenPreview> {
  const { preview, locales, mail } = shown;
  const { mailer, action, scenario } = preview;
  const folder = join(out, ...[`${mailer}.${action}`, scenario, locales[0] ?? ""].map(folderName));
  await mkdir(folder, { recursive: true });
  const files = await writeFiles(shown, folder);
  return { preview, locales, subject: mail.subject, htmlBytes: Buffer.byteLength(mail.html ?? ""), files };
}

async function writeFiles({ mail, eml }: Shown, folder: string): Promise<PreviewFiles> {
  const write = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const html = visibleHtml(mail);
  const headers = Object.entries(readableHeaders(mail)).map(([name, value]) => `${name}: ${value}\n`);
  const attachments = (mail.attachments ?? []).map(async (file, index) => {
    const path = await write(fileName(file, index), file.content);
    return { filename: file.filename, path };
  });
  return {
    ...(html !== undefined && { html: await write("mail.html", UTF8_MARK + html) }),
    text: await write("mail.txt", UTF8_MARK + mail.text),
    headers: await write("headers.txt", UTF8_MARK + headers.join("")),
    eml: await write("mail.eml", eml),
    attachments: await Promise.all(attachments),
  };
}

/** With a number, so that two files of one name are two; the ending says which program opens it. */
function fileName({ filename }: AttachedFile, index: number): string {
  const ending = /^\.[A-Za-z0-9]{1,10}$/.exec(extname(filename))?.[0] ?? "";
  return `attachment-${index + 1}-${folderName(filename.slice(0, filename.length - ending.length))}${ending}`;
}
