import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { EXIT } from "../../src/cli/command.ts";
import { notifyFailure } from "../../src/cli/describe-failure.ts";
import { main } from "../../src/cli/main.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { useCli } from "../support/cli.ts";

class WholeActions extends Mailer {
  hello(to: string) {
    return this.mail({ to, subject: "Hello", text: "Hello" } as never);
  }
}
mailer(WholeActions, { name: "WholeMailer" });

const { cli, folder } = useCli();

const BROKEN = "export const broken = (;\n";
const CALL = ["WholeMailer.hello", '["ann@example.com"]'];

interface Trouble {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

const NO_STORE: Trouble = { env: { DELAYED_MAILER_SQLITE: "/dev/null/store.sqlite" } };
const NO_MONGO: Trouble = { env: { MONGODB_URI: "mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=100" } };
const A_FOLDER: Trouble = { env: { DELAYED_MAILER_SQLITE: "." } };
const BROKEN_MAILER: Trouble = { files: { "mailers/broken-mailer.mjs": BROKEN } };
const BAD_SETTING: Trouble = { env: { DELAYED_MAILER_QUEU: "mail" } };

const TABLE: readonly (readonly [args: readonly string[], Trouble, code: number, says: string])[] = [
  [["nonsense"], {}, EXIT.usage, 'no command "nonsense"'],
  [["wroker"], {}, EXIT.usage, "Did you mean worker?"],
  [["send", "WholeMailer.hello", "[oops"], {}, EXIT.usage, "is not JSON"],
  [["send", "WholeMailer.hello", "[]", "--params", "[]"], {}, EXIT.usage, "must be a JSON object"],
  [["send", ...CALL, "--at", "never"], {}, EXIT.usage, "at"],
  [["newsletter", "send", "WholeMailer.hello", "--to", "/nowhere.csv"], {}, EXIT.usage, "/nowhere.csv"],
  [["preview", "--out", "/dev/null/out"], {}, EXIT.usage, "--out"],
  [["send", ...CALL, "--delay"], NO_STORE, EXIT.failed, "/dev/null/store.sqlite"],
  [["jobs", "list"], NO_STORE, EXIT.failed, "/dev/null/store.sqlite"],
  [["queues", "list"], NO_STORE, EXIT.failed, "/dev/null/store.sqlite"],
  [["indexes"], NO_STORE, EXIT.failed, "/dev/null/store.sqlite"],
  [["newsletter", "status"], NO_STORE, EXIT.failed, "/dev/null/store.sqlite"],
  [["check"], NO_STORE, EXIT.failed, "/dev/null/store.sqlite"],
  [["worker"], NO_STORE, EXIT.usage, "/dev/null/store.sqlite"],
  [["jobs", "list"], NO_MONGO, EXIT.failed, "127.0.0.1:1"],
  [["jobs", "list"], NO_MONGO, EXIT.failed, "; check that the server runs"],
  [["jobs", "list"], A_FOLDER, EXIT.failed, "; it is a folder, name a file in it."],
  [["worker"], NO_MONGO, EXIT.usage, "127.0.0.1:1"],
  [["jobs", "list"], BAD_SETTING, EXIT.usage, "did you mean DELAYED_MAILER_QUEUE?"],
  [["worker"], BAD_SETTING, EXIT.usage, "did you mean DELAYED_MAILER_QUEUE?"],
  [["send", ...CALL], BROKEN_MAILER, EXIT.usage, "mailers/broken-mailer.mjs"],
  [["worker"], BROKEN_MAILER, EXIT.usage, "mailers/broken-mailer.mjs"],
  [["schedules"], BROKEN_MAILER, EXIT.usage, "mailers/broken-mailer.mjs"],
  [["jobs", "list"], BROKEN_MAILER, EXIT.ok, "mailers/broken-mailer.mjs"],
  [["queues", "list"], BROKEN_MAILER, EXIT.ok, "mailers/broken-mailer.mjs"],
  [["indexes"], BROKEN_MAILER, EXIT.ok, "mailers/broken-mailer.mjs"],
  [["newsletter", "status"], BROKEN_MAILER, EXIT.ok, "mailers/broken-mailer.mjs"],
  [["check"], BROKEN_MAILER, EXIT.failed, "mailers/broken-mailer.mjs"],
  [["preview"], BROKEN_MAILER, EXIT.failed, "mailers/broken-mailer.mjs"],
  [["jobs", "clear"], {}, EXIT.usage, "add --yes to jobs clear"],
  [["jobs", "remove", "7"], {}, EXIT.usage, "Remove 1 job for good? It cannot be undone"],
  [["jobs", "remove", "--all", "--state", "failed"], {}, EXIT.usage, "add --yes to jobs remove"],
  [["jobs", "cancel", "7"], {}, EXIT.usage, "add --yes to jobs cancel"],
  [["jobs", "list", "--stat", "failed"], {}, EXIT.usage, "no option --stat here. Did you mean --state?"],
  [["jobs", "list", "-x"], {}, EXIT.usage, "no option -x here. --help after the command lists its options."],
  [["newsletter", "status", "--key"], {}, EXIT.usage, "--key needs a value after it"],
  [["newsletter", "stop", "w8"], {}, EXIT.usage, 'newsletter has no "stop". Say one of send, status'],
];

describe("the command line", () => {
  it.each(TABLE)("answers %j with %j in words, never a stack", async (args, { env, files }, code, says) => {
    for (const [name, value] of Object.entries(env ?? {})) vi.stubEnv(name, value);
    for (const [path, text] of Object.entries(files ?? {})) {
      mkdirSync(join(folder(), path, ".."), { recursive: true });
      writeFileSync(join(folder(), path), text);
    }
    const answer = await cli(...args);
    const said = answer.out + answer.err;
    expect(said).toContain(says);
    expect(said).not.toMatch(/^ {2,}at .*:\d+/m);
    expect(answer.code).toBe(code);
    process.exitCode = undefined;
  });

  it("names what it does not know by one line, and says how to see more", () => {
    const err = new PassThrough();
    const bug = new TypeError("x is not a function\nand more");
    expect(notifyFailure(bug, { out: new PassThrough(), err })).toBe(EXIT.failed);
    expect(String(err.read())).toBe(
      "TypeError: x is not a function (NODE_DEBUG=delayed-mailer shows where.)\n",
    );
  });

  it("warns of variables that look like ours, and refuses those that can be nothing else", async () => {
    vi.stubEnv("MAIL_FORM", "shop@x.test");
    vi.stubEnv("MAIL_FROM", "");
    const { code, err } = await cli("jobs", "list");
    expect({ code, err }).toEqual({
      code: 0,
      err: "MAIL_FORM is set and MAIL_FROM is not: did you mean MAIL_FROM?\n",
    });
    vi.stubEnv("SMPT_URL", "smtp://mail.x.test");
    expect((await cli("jobs", "list")).err).toContain(
      "SMPT_URL: there is no such setting; did you mean SMTP_URL?",
    );
  });

  it("says its version", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await cli("--version")).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });
});

describe("jobs clear, on a terminal", () => {
  async function clear(answer: string) {
    const terminal = {
      in: Object.assign(new PassThrough(), { isTTY: true }),
      out: new PassThrough(),
      err: new PassThrough(),
    };
    terminal.in.write(`${answer}\n`);
    const code = await main(["jobs", "clear", "--mailers", join(folder(), "mailers")], terminal);
    return { code, out: String(terminal.out.read() ?? ""), err: String(terminal.err.read() ?? "") };
  }

  it("asks, and removes nothing unless told yes", async () => {
    await cli("send", ...CALL, "--delay");
    const no = await clear("");
    expect(no).toMatchObject({ code: 1, out: "" });
    expect(no.err).toContain("Remove 1 job for good, but for those that run? [y/N]");
    expect(no.err).toContain("Nothing was done.");
    expect(await clear("y")).toMatchObject({ code: 0, out: "1 job removed.\n" });
  });
});
