import type { App } from "../../app/app.ts";
import { openApp } from "../../app/current-app.ts";
import { errorMessage } from "../../errors/error-message.ts";
import type { TemplateProblem } from "../../errors/errors.ts";
import { registry } from "../../jobs/handler.ts";
import { isMailer } from "../../mailers/handler.ts";
import { type Command, EXIT, parseFlags, type Terminal, type UnloadedFile } from "../command.ts";
import { unloadedLine } from "../mailers.ts";
import { printable } from "../output.ts";
import { mongooseFindings } from "./check-mongoose.ts";
import { checkPreviews } from "./check-previews.ts";
import type { Finding } from "./finding.ts";
import { PREVIEW } from "./preview-file.ts";
import { sentAsNewsletter } from "./sent-as-newsletter.ts";

const FLAGS = { json: { type: "boolean" }, "no-previews": { type: "boolean" } } as const;

export const checkCommand: Command = {
  name: "check",
  summary: "check settings, store, mail server login, templates and previews",
  help: `check [--no-previews] [--json]

Opens the store, logs in to the mail server, compiles every template, makes the
mail of every preview in every language, and says what is wrong. Sends nothing.
Exit code 1 when something is. Gives advice where nothing is wrong: on
templates whose styles are inlined for every message, on mails that Gmail cuts
off, on actions without a preview, and on what a newsletter lacks.

  --no-previews   leave the previews out: where what their actions need, such
                  as a database, is not there
  --json          one array of what was found

Example: delayed-mailer check --json`,
  mailers: "some",
  previews: true,
  async run(args, terminal, unloaded = []) {
    const { values } = parseFlags(args, FLAGS);
    const app = await openApp();
    const [previews, mailers] = [
      unloaded.filter(isOfPreviews),
      unloaded.filter((each) => !isOfPreviews(each)),
    ];
    const findings = await examine(app, mailers);
    if (!values["no-previews"]) {
      const newsletters = await sentAsNewsletter(app);
      const { names: transports } = app.transports;
      findings.push(await checkPreviews({ unloaded: previews, transports, newsletters }));
    }
    if (values.json) terminal.out.write(`${JSON.stringify(findings)}\n`);
    else print(findings, terminal);
    return findings.every(({ problems }) => problems.length === 0) ? EXIT.ok : EXIT.failed;
  },
};

function isOfPreviews({ file }: UnloadedFile): boolean {
  return PREVIEW.test(file);
}

async function examine(app: App, unloaded: readonly UnloadedFile[]): Promise<Finding[]> {
  return [
    { part: "configuration", problems: [] },
    { part: "mailers", problems: [...unloaded.map(unloadedLine), ...mailerProblems(app)] },
    await finding("store", async () => void (await app.store.counts())),
    ...(await Promise.all(
      [...app.transports.single.values()].map((transport) =>
        finding(`mail server ${transport.name}`, () => transport.verify()),
      ),
    )),
    await templates(app),
    ...(await mongooseFindings()),
  ];
}

/** Where every mailer has a renderer of its own, nobody needs a templates folder. */
async function templates({ renderer }: App): Promise<Finding> {
  const isFolderNeeded = registry.all().some((each) => isMailer(each) && each.rules.renderer === undefined);
  try {
    return {
      part: "templates",
      problems: (await renderer.check({ isFolderNeeded })).map(describeProblem),
      advice: (await renderer.advice()).map(describeProblem),
    };
  } catch (error) {
    return { part: "templates", problems: [errorMessage(error)] };
  }
}

function mailerProblems({ transports }: App): readonly string[] {
  const all = registry.all();
  if (all.length === 0) return ["none was found"];
  return all.flatMap((mailer) => {
    const name = isMailer(mailer) ? mailer.rules.transport : undefined;
    if (name === undefined || transports.names.includes(name)) return [];
    return [`${mailer.name} names the transport "${name}"; there are ${transports.names.join(", ")}`];
  });
}

async function finding(part: string, check: () => Promise<void>): Promise<Finding> {
  try {
    await check();
    return { part, problems: [] };
  } catch (error) {
    return { part, problems: [errorMessage(error)] };
  }
}

function print(findings: readonly Finding[], { out }: Terminal): void {
  for (const { part, problems, advice = [] } of findings) {
    out.write(`${problems.length === 0 ? "ok     " : "problem"}  ${part}\n`);
    for (const problem of problems) out.write(indented(problem));
    if (advice.length > 0) out.write(`advice   ${part}\n`);
    for (const each of advice) out.write(indented(each));
  }
}

function indented(text: string): string {
  return `         ${text.split("\n").map(printable).join("\n         ")}\n`;
}

function describeProblem({ file, line, column, message, excerpt }: TemplateProblem): string {
  return `${file}:${line}:${column}: ${message}\n${excerpt}`;
}
