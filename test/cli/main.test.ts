import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { close, openApp } from "../../src/app/current-app.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { useCli } from "../support/cli.ts";

class ShellActions extends Mailer {
  hello(to: string, name: string) {
    return this.mail({ to, subject: "Hello", locals: { name } });
  }

  weekly(person: { email: string; name: string }, issue: number) {
    return this.mail({
      to: person.email,
      subject: `Issue ${issue}`,
      template: "shell-mailer/hello",
      locals: { name: person.name },
    });
  }
}

mailer(ShellActions, {
  name: "ShellMailer",
  args: {
    hello: z.tuple([z.email(), z.string()]),
    weekly: z.tuple([z.object({ email: z.email(), name: z.string().min(1) }), z.number()]),
  },
});

const { cli, folder } = useCli();

function writeTemplate(text = "Hello {{name}}"): void {
  mkdirSync(join(folder(), "templates/shell-mailer"), { recursive: true });
  writeFileSync(join(folder(), "templates/shell-mailer/hello.text.hbs"), text);
}

function inbox(): readonly string[] {
  return readdirSync(join(folder(), "inbox")).map((file) =>
    readFileSync(join(folder(), "inbox", file), "utf8"),
  );
}

const ANN = JSON.stringify(["ann@example.com", "Ann"]);

describe("delayed-mailer", () => {
  it("tells what it can do, and what each command can", async () => {
    const overview = await cli("--help");
    expect(overview.code).toBe(0);
    const names = [...overview.out.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name = ""]) => name);
    expect(names).toEqual(
      expect.arrayContaining(["worker", "send", "jobs", "queues", "newsletter", "indexes", "check"]),
    );
    for (const name of names) {
      const { code, out } = await cli(name, "--help");
      expect(out).toMatch(new RegExp(`^Usage: delayed-mailer ${name}`));
      expect(code).toBe(0);
    }
  });

  it.each([
    [["nonsense"], 'There is no command "nonsense". Commands: init, worker'],
    [["jobs", "list", "--nonsense"], "--nonsense"],
    [["jobs", "list", "--state", "lost"], "--state is one of ready, leased, failed, done"],
    [["jobs", "list", "--limit", "many"], "--limit takes a whole number"],
    [["send", "ShellMailer"], "Name the mail as Mailer.action"],
    [["send", "ShellMailer.hello", "{}"], "must be a JSON array"],
    [["send", "ShellMailer.hello", "[oops"], "is not JSON"],
    [["newsletter", "send", "ShellMailer.weekly"], "Name the file of recipients with --to"],
    [
      ["newsletter", "send", "ShellMailer.weekly", "--to", "people.xls"],
      "takes a .csv, .tsv, .jsonl or .ndjson file",
    ],
  ])("refuses %j with exit code 2, and does nothing", async (args, message) => {
    const { code, err } = await cli(...args);
    expect(err).toContain(message);
    expect(err).not.toContain("    at ");
    expect(code).toBe(2);
  });
});

describe("delayed-mailer send", () => {
  it("delivers at once", async () => {
    writeTemplate();
    expect((await cli("send", "ShellMailer.hello", ANN)).code).toBe(0);
    expect(inbox()).toHaveLength(1);
    expect(inbox()[0]?.replaceAll("=\r\n", "")).toContain("Hello Ann");
  });

  it("stores the call, for later if told so", async () => {
    expect((await cli("send", "ShellMailer.hello", ANN, "--delay", "--in", "2h")).code).toBe(0);
    const job = JSON.parse((await cli("jobs", "list", "--json")).out) as { args: unknown; runAt: string };
    expect(job.args).toEqual(["ann@example.com", "Ann"]);
    expect(Date.parse(job.runAt) - Date.now()).toBeGreaterThan(7_100_000);
  });

  it.each([
    [["send", "ShellMailer.hello", '["nonsense","Ann"]'], "args[0]: Invalid email address"],
    [["send", "ShellMailer.gone", "[]"], "ShellMailer.hello"],
    [["send", "GoneMailer.hello", "[]"], "ShellMailer"],
  ])("fails with exit code 1 and the reason: %j", async (args, reason) => {
    const { code, err } = await cli(...args);
    expect(err).toContain(reason);
    expect(code).toBe(1);
  });

  it("names the template that is missing", async () => {
    const { code, err } = await cli("send", "ShellMailer.hello", ANN);
    expect(err).toContain("hello.text.hbs");
    expect(code).toBe(1);
  });
});

describe("delayed-mailer newsletter", () => {
  it("plans the good rows of a file, tells the bad ones by their line, and is looked after by its key", async () => {
    writeTemplate();
    const csv = join(folder(), "people.csv");
    writeFileSync(
      csv,
      'email,name\nann@x.test,Ann\nnonsense,Bob\n\n"q@x.test","Quinn, ""Q"""\nann@X.test,Ann\n',
    );
    const sent = await cli(
      "newsletter",
      "send",
      "ShellMailer.weekly",
      "--to",
      csv,
      "--args",
      "[7]",
      "--key",
      "w7",
    );
    expect(sent.err).toContain(`${csv}:3: `);
    expect(sent.err).toContain("1 row was left out.");
    expect(sent.out).toContain("w7: 2 recipients in 1 job, 1 duplicate left out.");
    expect(sent.code).toBe(1);
    expect((await cli("newsletter", "pause", "w7")).code).toBe(0);
    expect(JSON.parse((await cli("newsletter", "status", "w7", "--json")).out)).toMatchObject({
      state: "paused",
      refused: 1,
    });
    const failures = await cli("newsletter", "status", "w7", "--failures");
    expect(failures.out).toContain("left out: 1 duplicate, 1 that does not fit");
    expect(failures.out).toMatch(/^row 2: refused .*args\[0\]\.email/m);
    expect((await cli("newsletter", "resume", "w7")).code).toBe(0);
    await (await openApp()).worker().workOff();
    await close();
    expect(inbox().join()).toContain('Quinn, "Q"');
    const { out } = await cli("newsletter", "status", "w7", "--json");
    expect(JSON.parse(out)).toMatchObject({ state: "finished", sent: 2 });
    expect((await cli("newsletter", "cancel", "gone")).code).toBe(1);
  });

  it("plans nothing when the file cannot be read", async () => {
    const { err, code } = await cli(
      ...["newsletter", "send", "ShellMailer.weekly", "--to", join(folder(), "none.csv"), "--args", "[7]"],
    );
    expect(err).toMatch(
      /^The file of recipients cannot be read: ENOENT: [^\n]*none\.csv'\. Give its path after --to\.\n$/,
    );
    expect(code).toBe(2);
    expect((await cli("newsletter", "status")).out).toBe("No newsletters.\n");
  });

  it("goes on under the same key with those who were added, and refuses one that was cancelled", async () => {
    const file = join(folder(), "people.csv");
    const send = () =>
      cli(...["newsletter", "send", "ShellMailer.weekly", "--to", file, "--args", "[7]", "--key", "w8"]);
    writeFileSync(file, "email,name\nann@x.test,Ann\n");
    expect((await send()).out).toContain("w8: 1 recipient in 1 job,");
    writeFileSync(file, "email,name\nann@x.test,Ann\nbob@x.test,Bob\n");
    expect((await send()).out).toContain("w8: 2 recipients in 2 jobs");
    await cli("newsletter", "cancel", "w8", "--yes");
    const { err, code } = await send();
    expect(err).toContain('The newsletter "w8" is not planned to the end: it was cancelled');
    expect(code).toBe(1);
  });

  it("reads JSON lines too", async () => {
    const file = join(folder(), "people.jsonl");
    writeFileSync(
      file,
      '{"email":"ann@x.test","name":"Ann"}\n[1]\n{"email":\n{"email":"bob@x.test","name":"Bob"}\n',
    );
    const { err, out } = await cli("newsletter", "send", "ShellMailer.weekly", "--to", file, "--args", "[7]");
    expect(err).toContain(`${file}:2: is not a JSON object`);
    expect(err).toContain(`${file}:3: `);
    expect(out).toContain("2 recipients");
  });
});

describe("delayed-mailer check", () => {
  it("is content when all is well", async () => {
    writeTemplate();
    expect((await cli("check")).code).toBe(0);
  });

  it("tells a template that does not compile by file and line", async () => {
    writeTemplate("Hello\n{{#if name}}");
    const { code, out, err } = await cli("check");
    expect(out + err).toMatch(/hello\.text\.hbs.*2/s);
    expect(code).toBe(1);
  });

  it("tells that the mail server cannot be reached", async () => {
    process.env.SMTP_URL = "smtp://127.0.0.1:1";
    const { code, out, err } = await cli("check");
    expect(out + err).toContain("127.0.0.1");
    expect(code).toBe(1);
  });
});

describe("delayed-mailer indexes", () => {
  it("has nothing to do on SQLite", async () => {
    expect((await cli("indexes")).code).toBe(0);
    expect((await cli("indexes", "--check")).code).toBe(0);
  });
});
