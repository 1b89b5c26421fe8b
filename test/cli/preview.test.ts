import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { folderName } from "../../src/cli/folder-name.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { previews } from "../../src/mailers/preview.ts";
import { useCli } from "../support/cli.ts";

class DeskActions extends Mailer {
  hello(email: string, name: string) {
    return this.mail({
      to: { name, address: email },
      bcc: "archive@x.test",
      subject: `Hello, ${name}`,
      locals: { name },
      attachments: [{ filename: "../../list.csv", content: "a,b\n" }],
    });
  }

  long(email: string, kilobytes: number) {
    const locals = { text: "x".repeat(kilobytes * 1024) };
    return this.mail({ to: email, subject: "Long", locals, transport: "bluk" });
  }

  bye(email: string) {
    return this.mail({ to: email, subject: "Bye", template: "desk-mailer/hello" });
  }
}

const DeskMailer = mailer(DeskActions, {
  name: "DeskMailer",
  args: { hello: z.tuple([z.email(), z.string().max(20)]) },
});

class LateActions extends Mailer {
  hi(email: string) {
    return this.mail({ to: email, subject: "Hi", template: "desk-mailer/hello" });
  }
}

mailer(LateActions, { name: "LateMailer" });

previews(DeskMailer, {
  hello: { normal: ["ann@x.test", "Änn"], "../../../evil/../x": ["bob@x.test", "Bob"] },
  long: { "120 kB": ["ann@x.test", 120] },
});

const { cli, folder } = useCli();

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder(), path)), { recursive: true });
    writeFileSync(join(folder(), path), text);
  }
}

const TEMPLATES = {
  "templates/desk-mailer/hello.html.hbs": '<p>Hello {{name}}</p><img src="{{cid "images/logo.png"}}" alt="">',
  "templates/desk-mailer/hello.de.html.hbs": "<p>Hallo {{name}}</p>",
  "templates/desk-mailer/long.html.hbs": "<p>{{text}}</p>",
  "templates/images/logo.png": "png",
};

const out = () => join(folder(), "out");
const preview = (...args: readonly string[]) => cli("preview", ...args, "--out", out());
const read = (...path: readonly string[]) => readFileSync(join(out(), ...path), "utf8");

describe("delayed-mailer preview", () => {
  it("writes html, text, headers, attachments and the whole mail, in every language, and sends nothing", async () => {
    write(TEMPLATES);
    const { code, out: said } = await preview("DeskMailer.hello", "--scenario", "normal");
    expect(code).toBe(0);
    expect(said).toMatch(/^DeskMailer\.hello +normal +en +\S+mail\.html +Hello, Änn$/m);
    expect(said).toMatch(/^DeskMailer\.hello +normal +de +\S+mail\.html +Hello, Änn$/m);

    const english = join("DeskMailer.hello", "normal", "en");
    expect(readdirSync(join(out(), english)).sort()).toEqual([
      "attachment-1-list-bc3dd6d4.csv",
      "attachment-2-logo.png",
      "headers.txt",
      "mail.eml",
      "mail.html",
      "mail.txt",
    ]);
    expect(read(english, "mail.html")).toBe(
      '\ufeff<p>Hello Änn</p><img src="data:image/png;base64,cG5n" alt="">',
    );
    expect(read(english, "mail.txt")).toBe("\ufeffHello Änn\n");
    expect(read(english, "headers.txt")).toContain(
      "To: Änn <ann@x.test>\nBcc (envelope only): archive@x.test\n",
    );
    expect(read(english, "mail.eml")).toMatch(/^Subject: =\?utf-8\?/im);
    expect(read("DeskMailer.hello", "normal", "de", "mail.txt")).toBe("\ufeffHallo Änn\n");
    expect(existsSync(join(folder(), "inbox"))).toBe(false);
    expect(existsSync(join(folder(), "store.sqlite"))).toBe(false);
  });

  it("keeps what it writes below its folder, whatever a scenario is called, and links to all of it", async () => {
    write(TEMPLATES);
    await preview("DeskMailer", "--locale", "de", "--locale", "en");
    expect(readdirSync(folder()).sort()).toEqual(["mailers", "out", "templates"]);
    const page = read("index.html");
    const links = Array.from(page.matchAll(/href="([^"]+)"/g), ([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(20);
    for (const link of links) expect(existsSync(join(out(), decodeURIComponent(link))), link).toBe(true);
    expect(page).toContain("../../list.csv</a>");
    expect(page).toMatch(/120 kB of html; Gmail shows 102 kB/);
  });

  it("tells the same as JSON, a line for each mail", async () => {
    write(TEMPLATES);
    const { out: said } = await preview("DeskMailer", "--json");
    const lines = said
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(6);
    expect(lines[0]).toMatchObject({
      ...{ mailer: "DeskMailer", action: "hello", scenario: "normal", locales: ["en"] },
      ...{ subject: "Hello, Änn", clipped: false },
      files: { eml: join(out(), "DeskMailer.hello", "normal", "en", "mail.eml") },
    });
    expect(lines[4]).toMatchObject({ action: "long", locales: ["en", "de"], clipped: true });
    expect(lines[5]).toMatchObject({
      action: "bye",
      missing: expect.stringContaining("previews(DeskMailer"),
    });
  });

  it("says what to write for an action without samples", async () => {
    const { code, out: said } = await preview("DeskMailer.bye");
    expect(said).toBe(
      "DeskMailer.bye has no preview. Write previews(DeskMailer, { bye: { normal: [/* its arguments */] } }) in mailers/desk-mailer.preview.ts\n",
    );
    expect(code).toBe(1);
  });

  it("fails with file and line, and shows the rest", async () => {
    write({ ...TEMPLATES, "templates/desk-mailer/hello.de.html.hbs": "<p>\n{{nmae}}" });
    const { code, out: said, err } = await preview("DeskMailer.hello", "--scenario", "normal");
    expect(err).toMatch(
      /desk-mailer\/hello\.de\.html\.hbs:2: DeskMailer\.hello, "normal", in de: "nmae" is missing\n +2 \| \{\{nmae\}\}\n +\| +\^\n$/,
    );
    expect(said).toMatch(/^DeskMailer\.hello +normal +en /m);
    expect(code).toBe(1);
  });

  it("says which folder it cannot write to", async () => {
    write({ ...TEMPLATES, file: "" });
    const { code, err } = await cli("preview", "--out", join(folder(), "file", "out"));
    expect(err).toMatch(/^--out: the folder \S+file\/out cannot be written: ENOTDIR/);
    expect(code).toBe(2);
  });

  it.each([
    [["GoneMailer"], 1, 'There is no mailer "GoneMailer". Known: DeskMailer, LateMailer.'],
    [["DeskMailer.gone"], 1, 'Nothing registered answers "DeskMailer.gone"'],
    [
      ["DeskMailer.long", "--scenario", "gone"],
      1,
      'There is no preview "gone" of DeskMailer.long. There are: DeskMailer.long "120 kB".',
    ],
    [
      ["DeskMailer.hello", "--locale", "de_AT"],
      2,
      '--locale takes a language tag such as de or de-AT, not "de_AT".',
    ],
    [["DeskMailer.hello", "more"], 2, "preview takes one Mailer.action, or one Mailer."],
  ])("refuses %j with exit code %i and a way out", async (args, exit, message) => {
    const { code, err } = await preview(...args);
    expect(err).toContain(message);
    expect(code).toBe(exit);
  });
});

describe("the previews in delayed-mailer check", () => {
  it("are made in every language, and told with file and line", async () => {
    write({ ...TEMPLATES, "templates/desk-mailer/hello.de.html.hbs": "<p>\n{{nmae}}" });
    const { code, out: said } = await cli("check");
    expect(code).toBe(1);
    expect(said).toContain("problem  previews\n");
    expect(said).toMatch(
      /hello\.de\.html\.hbs:2: DeskMailer\.hello, "normal", in de: "nmae" is missing\n +2 \| \{\{nmae\}\}\n +\| +\^\n/,
    );
    expect(said).toContain(
      'DeskMailer.long, "120 kB", in en, de names the transport "bluk"; there are (default)',
    );
    expect(said).toMatch(
      /advice {3}previews\n[\s\S]*DeskMailer\.long, "120 kB", in en, de: the html is 120 kB, and Gmail shows 102 kB\n/,
    );
    expect(said).toContain("DeskMailer.bye has no preview: write previews(DeskMailer, { bye:");
  });

  it("are told as JSON too, and can be left out", async () => {
    write(TEMPLATES);
    const findings = JSON.parse((await cli("check", "--json")).out) as { part: string; problems: string[] }[];
    expect(findings.at(-1)).toMatchObject({
      part: "previews",
      problems: [expect.stringContaining('names the transport "bluk"')],
    });
    expect((await cli("check", "--no-previews")).code).toBe(0);
  });

  it("need no mail server in production, where sending does", async () => {
    write(TEMPLATES);
    vi.stubEnv("NODE_ENV", "production");
    expect((await preview("DeskMailer.hello", "--locale", "en")).code).toBe(0);
    expect((await cli("check")).code).toBe(2);
  });
});

it.each([
  ["long name", "long name"],
  ["UserMailer.welcome", "UserMailer.welcome"],
  ["Größe 2", "Größe 2"],
])("folderName keeps %j", (name, expected) => expect(folderName(name)).toBe(expected));

it.each([
  "..",
  ".",
  "",
  "../x",
  "a/b",
  "a\\b",
  "C:x",
  "con",
  "AUX.txt",
  "-rf",
  " a",
  "a.",
  "x\0y",
  "a".repeat(100),
])("folderName gives a name of its own for %j", (name) => {
  expect(folderName(name)).toMatch(/^[\p{L}\p{N}-]{8,70}$/u);
  expect(folderName(name)).not.toBe(folderName(`${name} `));
});

// Last, because what is loaded stays.
it("loads the previews beside the mailers, tells those that cannot be loaded, and no other command does", async () => {
  const source = `import { previews } from "${resolve("src/index.ts")}";
previews({ mailerName: "LateMailer" }, { hi: { "from a file": ["ann@x.test"] } });`;
  write({
    ...TEMPLATES,
    "mailers/late-mailer.preview.mjs": source,
    "mailers/lost.preview.mjs": 'throw new Error("cannot be loaded");',
  });
  expect((await cli("jobs", "list")).code).toBe(0);
  const { code, err } = await preview("LateMailer.hi", "--locale", "en");
  expect(err).toMatch(/lost\.preview\.mjs: cannot be loaded\n/);
  expect(err).toMatch(/LateMailer\.hi, "from a file", in en: "name" is missing/);
  expect(code).toBe(1);
});
