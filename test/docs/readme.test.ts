import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { parseWorkerFlags, processPlans } from "../../src/cli/worker/worker-flags.ts";
import { ENVIRONMENT } from "../../src/config/environment.ts";
import { configure, Job, Mailer, mailer, openApp, previews } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { useCli } from "../support/cli.ts";
import { blockWith, commandsIn, filesOf } from "../support/docs.ts";
import { ShopMailer } from "./readme/mailers/shop-mailer.ts";

const PAGE = "README.md";

class LostActions extends Mailer {
  lost() {
    return this.mail({ to: "ann@example.com", subject: "Lost", template: "nowhere" });
  }
}
const LostMailer = mailer(LostActions, { name: "LostMailer" });

it("the first example in README.md sends now, later, and to everybody", async () => {
  const { app, transport } = await startApp({}, { templates: "templates" });
  await import("./readme/first.ts");
  const waiting = await Job.where({ state: "ready" }).count();
  await app.worker().workOff();
  expect(waiting).toBe(3);
  expect(transport.sent.map(({ mail }) => mail.subject).sort()).toEqual([
    expect.stringContaining("42"),
    "Welcome, Ann",
    "Welcome, Ann",
  ]);
  expect(await Job.where({ state: "ready" }).count()).toBe(1);
});

it("the table of settings in README.md has every variable, with its setting", () => {
  const rows = readFileSync(PAGE, "utf8").matchAll(/^\| `([A-Z_]+)` +\| `(\w+)` +\|/gm);
  const listed = Object.fromEntries(Array.from(rows, ([, variable, setting]) => [setting, variable]));
  expect(listed).toEqual(ENVIRONMENT);
});

describe("the newsletter in README.md", () => {
  const { cli, folder } = useCli();
  beforeEach(() => configure({}));

  it("goes to the people of its table", async () => {
    await import("../../mailers/news-mailer.ts");
    cpSync("templates", join(folder(), "templates"), { recursive: true });
    writeFileSync(join(folder(), "people.csv"), blockWith(PAGE, "email,name"));
    const run = async ([, , ...words]: readonly string[]) =>
      cli(...words.map((word) => (word === "people.csv" ? join(folder(), word) : word)));
    const [send = [], status = [], failed = []] = commandsIn(blockWith(PAGE, "newsletter send"));
    expect(await run(send)).toMatchObject({ code: 0, out: expect.stringContaining("2 recipients") });
    await (await openApp()).worker().workOff();
    expect((await run(status)).out).toMatch(/finished.*2 sent/s);
    expect(await run(failed)).toMatchObject({ code: 0, err: "" });
    expect(readdirSync(join(folder(), "inbox"))).toHaveLength(2);
  });
});

describe("the command lines in README.md", () => {
  const { cli, folder } = useCli();
  beforeEach(() => configure({}));
  const lines = commandsIn(blockWith(PAGE, "npx delayed-mailer preview"));

  function writeTemplates(): void {
    cpSync("templates", join(folder(), "templates"), { recursive: true });
    for (const [path, text] of Object.entries(filesOf(PAGE)))
      if (path.endsWith(".hbs")) {
        mkdirSync(dirname(join(folder(), path)), { recursive: true });
        writeFileSync(join(folder(), path), text);
      }
  }

  it("preview, send, store, list, show and retry", async () => {
    writeTemplates();
    previews(ShopMailer, { confirm: { normal: ["ann@example.com", 42] } });
    await LostMailer.delay().lost();
    await (await openApp()).worker().workOff();
    const { id = "" } = (await Job.failed().last()) ?? {};
    const answers = [];
    for (const [, , ...words] of lines.filter(([program]) => program === "npx")) {
      const forTests: Readonly<Record<string, readonly string[]>> = {
        ID: [id],
        "--open": ["--out", folder()],
      };
      answers.push(await cli(...words.flatMap((word) => forTests[word] ?? [word])));
    }

    expect(answers.map(({ code, err }) => [code, err])).toEqual(answers.map(() => [0, ""]));
    const [previewed, sent, stored, list, shown, retried] = answers.map(({ out }) => out);
    expect(previewed).toContain("2 mails written");
    expect(sent).toMatch(/^Sent </);
    expect(stored).toMatch(/^Stored as job \w+, due at /);
    const [waiting] = await Job.where({ handler: ShopMailer.mailerName }).list();
    expect(waiting?.args).toEqual(["ann@example.com", 42]);
    expect(list).toContain("LostMailer.lost");
    expect(shown).toContain("there is neither");
    expect(retried).toBe("1 job retried.\n");
    const [mail = ""] = readdirSync(join(folder(), "inbox"));
    const raw = readFileSync(join(folder(), "inbox", mail), "utf8");
    expect(raw).toContain("Subject: Order 42");
    expect(raw.replaceAll("=\r\n", "")).toContain("Your order 42 is on its way.");
  });

  it("start workers", () => {
    const flags = lines.filter(([program]) => program === "npm").map((words) => words.slice(4));
    const processes = flags.map((each) => processPlans(parseWorkerFlags(each)).length);
    expect(processes).toEqual([1, 2]);
  });
});
