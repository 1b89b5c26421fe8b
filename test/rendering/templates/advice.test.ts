import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { openLog } from "../../../src/app/log.ts";
import { checkCommand } from "../../../src/cli/preview/check-command.ts";
import { mailer } from "../../../src/mailers/facade.ts";
import { Mailer } from "../../../src/mailers/mailer.ts";
import { startApp } from "../../support/app.ts";
import { setupTemplates } from "../../support/templates.ts";

class LongActions extends Mailer {
  letter(email: string, kilobytes: number) {
    return this.mail({ to: email, subject: "Hi", locals: { text: "x".repeat(kilobytes * 1024) } });
  }
}

const LongMailer = mailer(LongActions, { name: "LongMailer" });

const LETTER = "long-mailer/letter.html.hbs";

async function check(...args: readonly string[]) {
  const out = new PassThrough();
  const code = await checkCommand.run(args, { out, err: new PassThrough() });
  return { code, out: String(out.read()) };
}

describe("delayed-mailer check", () => {
  it("advises on styles inlined for every message, with file, line, caret and what to write instead", async () => {
    await startApp({ [LETTER]: '<style>.a { color: red }</style>\n<p class="{{text}}">x</p>' });
    const { code, out } = await check();
    expect(code).toBe(0);
    expect(out).toContain("ok       templates\nadvice   templates\n");
    expect(out).toMatch(
      /letter\.html\.hbs:2:11: styles are inlined for every message \(class-expression\): an expression decides a class: choose .*\n +2 \| <p class="{{text}}">x<\/p>\n +\| {11}\^\n/,
    );
  });

  it("gives its advice as JSON too, and none where there is none to give", async () => {
    await startApp({ [LETTER]: "<style>.a { color: red }</style><p>{{text}}</p>" });
    const findings: unknown = JSON.parse((await check("--json")).out);
    expect(findings).toContainEqual({ part: "templates", problems: [], advice: [] });
  });

  it("advises on a mail that Gmail cuts off, with its size once styles are inlined", async () => {
    const rows = "<p>row</p>".repeat(2000);
    const style = `<style>p { font-family: ${"x".repeat(50)} }</style>`;
    const { renderer } = await setupTemplates({ [LETTER]: `${style}${rows}` });
    expect(await renderer.advice()).toMatchObject([
      { line: 1, message: "the html is 162 kB before values are filled in, and Gmail shows 102 kB" },
    ]);
  });
});

describe("a mail that Gmail cuts off", () => {
  it("is said to be so once for each action, with its size", async () => {
    const { app } = await startApp({ [LETTER]: "<p>{{text}}</p>" });
    const output = new PassThrough();
    await openLog(app.events, { output });
    await LongMailer.letter("ann@x.test", 101).deliver();
    await LongMailer.letter("ann@x.test", 103).deliver();
    await LongMailer.letter("bob@x.test", 103).deliver();
    const lines = String(output.read() ?? "")
      .trim()
      .split("\n")
      .filter((line) => line !== "");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({
        ...{ level: "warn", event: "mail.clipped", mail: "LongMailer.letter" },
        ...{ bytes: 103 * 1024 + 7, limit: 102 * 1024 },
      }),
    ]);
  });
});
