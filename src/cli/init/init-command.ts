import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, parse } from "node:path";
import { type Command, EXIT, parseFlags, type Terminal, UsageError } from "../command.ts";
import { addScripts, type Change } from "./change-manifest.ts";
import { describeProject, nextCommands, storeNote } from "./next-commands.ts";
import { type Project, projectAt } from "./project.ts";
import { type StarterFile, starterFiles } from "./starter-files.ts";

const IGNORED = ".delayed-mailer/";

export const initCommand: Command = {
  name: "init",
  summary: "write first mailers, templates, a test and a worker into a project",
  help: `init [--dry-run]

Writes what an application needs for its first mail: mailers/ with a
registration mail and a newsletter, their templates and layout, samples for
previews, a test, workers/mail-worker, the scripts "worker" and "mail" in
package.json, .env.example, and a line in .gitignore. Whether it is TypeScript
or JavaScript, ES modules or CommonJS, with mongoose or without, and which test
runner it has, is seen in the project. A file or a script that is there is left
as it is.

  --dry-run   write nothing; say what would be written

Example: npx delayed-mailer init`,
  mailers: "none",
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, { "dry-run": { type: "boolean" } });
    if (positionals.length > 0)
      throw new UsageError(
        `What is "${positionals.join(" ")}"? init writes into the project of this folder and takes flags only; init --help lists them.`,
      );
    init(projectAt(process.cwd()), values["dry-run"] === true, terminal);
    return EXIT.ok;
  },
};

function init(project: Project, isDry: boolean, { out }: Terminal): void {
  const say = (did: string, what: string) => out.write(`  ${did.padEnd(8)} ${what}\n`);
  out.write(`${describeProject(project)}\n\n`);
  for (const file of starterFiles(project)) {
    const there = twinOf(file.path, project.root);
    if (there === undefined && !isDry) write(file, project.root);
    if (there === undefined) say(isDry ? "new" : "wrote", file.path);
    else say("skipped", there === file.path ? `${there}: it is there` : `${file.path}: there is ${there}`);
  }
  for (const { path, content, added } of [addScripts(project), ignoring(project)]) {
    if (added.length > 0 && !isDry) writeFileSync(join(project.root, path), content);
    if (added.length > 0) say(isDry ? "change" : "changed", `${path}: ${added.join(", ")}`);
    else say("skipped", `${path}: it has all of it`);
  }
  const next = nextCommands(project).map((command) => `  ${command}\n`);
  out.write(`\n${isDry ? "Nothing was written. After it, type:" : "Next, type:"}\n\n${next.join("")}`);
  const note = storeNote(project);
  if (note !== undefined) out.write(`\n${note}\n`);
}

/** The file itself, or the same in another language: `mailers/user-mailer.js` beside `mailers/user-mailer.ts`. */
function twinOf(path: string, root: string): string | undefined {
  if (existsSync(join(root, path))) return path;
  const { dir, name, ext } = parse(path);
  if (!/^\.[jt]s$/.test(ext) || !existsSync(join(root, dir))) return undefined;
  const twin = readdirSync(join(root, dir)).find(
    (each) => parse(each).name === name && /\.[cm]?[jt]s$/.test(each),
  );
  return twin && join(dir, twin);
}

function write({ path, content }: StarterFile, root: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  // "wx" fails where somebody made the file meanwhile: nothing is ever overwritten.
  writeFileSync(join(root, path), content, { flag: "wx" });
}

function ignoring({ root }: Project): Change {
  const path = join(root, ".gitignore");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const isThere = text.split("\n").some((line) => /^\/?\.delayed-mailer\/?\s*$/.test(line));
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return { path: ".gitignore", content: `${before}${IGNORED}\n`, added: isThere ? [] : [IGNORED] };
}
