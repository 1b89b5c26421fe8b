import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { close, openApp } from "../../src/app/current-app.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { useCli } from "../support/cli.ts";

const person = z.object({ email: z.email(), name: z.string().min(1) });

class CircularActions extends Mailer {
  circular({ email }: z.infer<typeof person>) {
    return this.mail({ to: email, subject: "Hi", template: "circular" });
  }
}
mailer(CircularActions, { name: "CircularMailer", args: { circular: z.tuple([person]) } });

const { cli, folder } = useCli();

/** Plans to a file of these bytes, and gives what was said and who is in the newsletter. */
async function planned(content: string | Uint8Array, ...flags: readonly string[]) {
  const name = flags.find((flag) => flag.startsWith("people.")) ?? "people.csv";
  mkdirSync(join(folder(), "files"), { recursive: true });
  const file = join(folder(), "files", name);
  writeFileSync(file, content);
  const rest = flags.filter((flag) => !flag.startsWith("people."));
  const answer = await cli(
    "newsletter",
    "send",
    "CircularMailer.circular",
    "--to",
    file,
    "--key",
    "k",
    ...rest,
  );
  const { ledger } = (await openApp()).stores;
  const record = await ledger.find("k");
  const rows: unknown[] = [];
  if (record) for await (const { recipients } of ledger.chunks(record.id)) rows.push(...recipients);
  await close();
  const err = answer.err.replaceAll(`${file}`, "people.csv");
  return { ...answer, err, rows, isStored: record !== undefined };
}

const ANN = { email: "ann@x.test", name: "Ann" };
const JÜRGEN = { email: "j@x.test", name: "Jürgen" };
const latin1 = (text: string) => Buffer.from(text, "latin1");
const utf16 = (text: string) => Buffer.from(text, "utf16le");

it.each([
  ["semicolons, as Excel writes them in half of Europe", "email;name\nann@x.test;Ann\n"],
  ["tabs", "email\tname\nann@x.test\tAnn\n"],
  ["a sep= line", "sep=|\nemail|name\nann@x.test|Ann\n"],
  ["a byte order mark", "\ufeffemail,name\r\nann@x.test,Ann\r\n"],
  ["the empty rows and columns of Excel", "email,name,\nann@x.test,Ann,\n,,\n,,\n"],
  ["the names of columns in other letters", "E-Mail,NAME\nann@x.test,Ann\n"],
  ["quotes around everything", '"email","name"\n"ann@x.test","Ann"\n'],
])("reads a file with %s", async (_, content) => {
  const { code, rows, err } = await planned(content);
  expect(rows).toEqual([ANN]);
  expect(code, err).toBe(0);
});

it("says which column it takes for what", async () => {
  const { err } = await planned("E-Mail,NAME\nann@x.test,Ann\n");
  expect(err).toContain("E-Mail is taken for email, NAME is taken for name.");
});

it("takes another delimiter where somebody names it", async () => {
  const { rows } = await planned("email:name\nann@x.test:Ann\n", "--delimiter", ":");
  expect(rows).toEqual([ANN]);
  expect((await planned("x", "--delimiter", "::")).code).toBe(2);
});

it("names the columns once, and what is the same in every row once, where they do not fit", async () => {
  const content = `mail;vorname\n${Array.from({ length: 2_000 }, (_, index) => `p${index}@x.test;P`).join("\n")}\n`;
  const { code, err, rows } = await planned(content);
  expect([code, rows.length]).toEqual([1, 0]);
  expect(err.match(/The columns of/g)).toHaveLength(1);
  expect(err).toContain('The columns of people.csv, which ";" divide: mail, vorname.');
  expect(err.match(/args\[0\]\.email/g)?.length).toBeLessThanOrEqual(4);
  expect(err).toContain("The same in 1997 more rows: ");
  expect(err).toContain("2000 rows were left out.");
});

it("refuses a name that two columns have, and stores nothing", async () => {
  const { code, err, isStored } = await planned("email,name,name\nann@x.test,Ann,B\n");
  expect([code, isStored]).toEqual([2, false]);
  expect(err).toContain('people.csv:1 names the column "name" twice, as column 2 and 3: rename one of them.');
});

it.each([
  ["", /has no header line/],
  ["\n\n", /has no header line/],
])("refuses a file without a header: %j", async (content, problem) => {
  const { code, err, isStored } = await planned(content);
  expect([code, isStored]).toEqual([2, false]);
  expect(err).toMatch(problem);
});

it("stores nothing of a file that is not there, or a folder", async () => {
  const missing = await cli("newsletter", "send", "CircularMailer.circular", "--to", "/nowhere/people.csv");
  expect(missing).toMatchObject({ code: 2, err: expect.stringContaining("cannot be read: ENOENT") });
  mkdirSync(join(folder(), "dir.csv"));
  const dir = await cli("newsletter", "send", "CircularMailer.circular", "--to", join(folder(), "dir.csv"));
  expect(dir).toMatchObject({ code: 2, err: expect.stringContaining("cannot be read: EISDIR") });
  expect((await cli("newsletter", "status")).out).toBe("No newsletters.\n");
});

it("refuses what is not UTF-8 with line and column, says what it looks like, and reads it by choice", async () => {
  const content = latin1(
    `email,name\nann@x.test,Ann\nj@x.test,Jürgen Müller-Lüdenscheidt\nk@x.test,Käthe Größe\n`,
  );
  const { code, err, isStored } = await planned(content);
  expect([code, isStored]).toEqual([2, false]);
  expect(err).toContain(
    "people.csv:3:11 is not UTF-8. It looks like windows-1252: say --encoding windows-1252",
  );
  const { rows } = await planned(content, "--encoding", "windows-1252");
  expect(rows[1]).toEqual({ email: "j@x.test", name: "Jürgen Müller-Lüdenscheidt" });
  const unknown = await planned(content, "--encoding", "klingon");
  expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining("--encoding takes a name such as") });
});

it("finds what is not UTF-8 far into a large file, before anything is stored", async () => {
  const rows = Array.from({ length: 20_000 }, (_, index) => `p${index}@x.test,Änne`);
  const good = Buffer.from(`email,name\n${rows.join("\n")}\n`);
  const { code, err, isStored } = await planned(Buffer.concat([good, latin1("j@x.test,Jürgen\n")]));
  expect([code, isStored]).toEqual([2, false]);
  expect(err).toContain("people.csv:20002:11 is not UTF-8.");
});

it("reads UTF-16 with its mark, and names it where there is none", async () => {
  const content = "email,name\nj@x.test,Jürgen\n";
  expect((await planned(utf16(`\ufeff${content}`))).rows).toEqual([JÜRGEN]);
  const big = Buffer.from(utf16(`\ufeff${content}`)).swap16();
  expect((await planned(big)).rows).toEqual([JÜRGEN]);
  const unmarked = await planned(utf16(content), "people.ndjson");
  expect(unmarked).toMatchObject({ code: 2, err: expect.stringContaining("say --encoding utf-16le") });
});

const lines = (count: number) => Array.from({ length: count }, (_, index) => `p${index}@x.test,P${index}`);

it("names the line on which a quote opened that is never closed, and how many rows are in doubt", async () => {
  const rows = lines(2_000);
  rows[1] = 'p1@x.test,"P1';
  const { code, err, rows: stored } = await planned(`email,name\n${rows.join("\n")}\n`);
  expect([code, stored.length]).toEqual([1, 1]);
  expect(err).toContain("people.csv:3: a quote opens here and is never closed: 1999 rows are in doubt.");
});

it("names it where another quote closes it, and goes on after that", async () => {
  const rows = lines(2_000);
  rows[1] = 'p1@x.test,"P1';
  rows[1_000] = 'p1000@x.test,"Eve"';
  const { err, rows: stored } = await planned(`email,name\n${rows.join("\n")}\n`);
  expect(err).toContain(
    "people.csv:3: a quote opens here and is closed within a value on line 1002: 1000 rows are in doubt.",
  );
  expect(stored).toHaveLength(1_000);
});

it("names it where a value of hundreds of lines would be the result", async () => {
  const rows = lines(300);
  rows[1] = 'p1@x.test,"P1';
  rows[200] = 'p200@x.test,P200"';
  const { err, rows: stored } = await planned(`email,name\n${rows.join("\n")}\n`);
  expect(err).toContain(
    "people.csv:3: a quote opens here and is closed only on line 202: 200 rows are in doubt.",
  );
  expect(stored).toHaveLength(100);
});

it("never leaves out rows without a word", async () => {
  const rows = lines(2_000);
  rows[1] = 'p1@x.test,"P1';
  rows[1_000] = 'p1000@x.test,Eve" x';
  const { err, rows: stored } = await planned(`email,name\n${rows.join("\n")}\n`);
  const told = [...err.matchAll(/(\d+) rows are/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  expect(stored.length + told).toBe(2_000);
});

it("takes values of several lines as they are", async () => {
  const { rows, code } = await planned('email,name\nann@x.test,"Ann\nof the ""Sea"""\n');
  expect([code, rows]).toEqual([0, [{ email: "ann@x.test", name: 'Ann\nof the "Sea"' }]]);
});
