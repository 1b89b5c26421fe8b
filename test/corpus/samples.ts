import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ParsedMail, simpleParser } from "mailparser";
import type { MailSpec } from "../../src/mail/mail.ts";
import { Renderer } from "../../src/rendering/renderer.ts";
import { InboxTransport } from "../../src/transports/inbox-transport.ts";
import { type PythonMail, readWithPython } from "./read-mails.ts";

/** One delivered mail: the bytes that came out, and what two parsers that know nothing of each other make of them. */
export interface Sample {
  readonly value: string;
  readonly raw: string;
  readonly read: ParsedMail;
  readonly python: PythonMail;
}

/** Renders and delivers one mail for each value into a folder of .eml files, and reads them all. */
export async function deliverSamples(
  values: readonly string[],
  specOf: (value: string) => MailSpec,
): Promise<readonly Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), "corpus-"));
  try {
    const paths = await deliver(values.map(specOf), folder);
    const python = await readWithPython(paths);
    return await Promise.all(
      values.map(async (value, index) => {
        const raw = await readFile(paths[index]!);
        const read = await simpleParser(raw);
        return { value, raw: raw.toString("latin1"), read, python: python[index]! };
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function deliver(specs: readonly MailSpec[], folder: string): Promise<readonly string[]> {
  const templates = join(folder, "templates", "corpus");
  await mkdir(templates, { recursive: true });
  await writeFile(join(templates, "mail.text.hbs"), "{{value}}\n");
  await writeFile(join(templates, "mail.html.hbs"), '<p title="{{value}}">{{value}}</p>\n');
  const renderer = new Renderer({ templates: join(folder, "templates"), from: "shop@x.test" });
  const transport = new InboxTransport({ folder: join(folder, "inbox") });
  const paths: string[] = [];
  for (const [index, spec] of specs.entries()) {
    const origin = { mailer: "Corpus", action: "mail", messageId: `<${index}@x.test>`, date: new Date(0) };
    const { response } = await transport.send(await renderer.render(spec, origin));
    paths.push(response);
  }
  return paths;
}
