import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ENVIRONMENT } from "../../src/config/environment.ts";
import { errorMessage } from "../../src/errors/error-message.ts";
import type { Row } from "./rows.ts";
import { COMMANDS, nodeHome, pathFor } from "./tools.ts";

const run = promisify(execFile);
const STEP_MS = 5 * 60_000;
const CALL = ["UserMailer.sendRegistrationMail", '["ada@example.com", "Ada"]'];

export interface RowRequest {
  readonly row: Row;
  /** An empty folder. */
  readonly folder: string;
  readonly tarball: string;
  /** Of a database that nobody else uses. */
  readonly mongodbUri: string;
  /** Whether packages may run scripts of theirs when they are installed. */
  readonly ignoreScripts: boolean;
}

/** The steps of a row, with how long each took, in ms. */
export interface RowResult {
  readonly row: Row;
  readonly times: Readonly<Record<string, number>>;
  /** What failed and why, as `init: There is no package.json …`. */
  readonly reasons: readonly string[];
}

/** Without these nothing else can work. */
const FIRST = ["install", "init"];

/** Goes the way of somebody new: install, init, first mail, first delayed mail on SQLite and on MongoDB, the test. */
export async function runRow(request: RowRequest): Promise<RowResult> {
  const { row } = request;
  const times: Record<string, number> = {};
  const reasons: string[] = [];
  for (const [name, step] of Object.entries(await stepsOf(request))) {
    const startedAt = performance.now();
    try {
      await step();
    } catch (error) {
      reasons.push(`${name}: ${reasonOf(error)}`);
      if (FIRST.includes(name)) return { row, times, reasons };
    } finally {
      times[name] = Math.round(performance.now() - startedAt);
    }
  }
  return { row, times, reasons };
}

async function stepsOf({ row, folder, tarball, mongodbUri, ignoreScripts }: RowRequest) {
  const project = join(folder, "my-shop");
  const PATH = await pathFor(row, join(folder, "bin"));
  const settings = {
    npm_config_nodedir: await nodeHome(row),
    // yarn 1 takes a tarball that it has kept for one of the same name and version, whatever is in it.
    YARN_CACHE_FOLDER: join(dirname(folder), "yarn-cache"),
    ...(ignoreScripts && { npm_config_ignore_scripts: "true" }),
  };
  const { add, addDev, addBuilt, exec, runScript } = COMMANDS[row.manager];
  const call = (words: readonly string[], extra: NodeJS.ProcessEnv = {}) => {
    const [file = "", ...args] = words;
    return run(file, args, {
      cwd: project,
      env: { ...environment(), ...settings, PATH, ...extra },
      timeout: STEP_MS,
    });
  };
  const mail = (...words: readonly string[]) => [...exec, "delayed-mailer", ...words];
  const delayed = async (extra: NodeJS.ProcessEnv) => {
    const mails = mailsIn(project) + 1;
    await call(mail("send", ...CALL, "--delay"), extra);
    const { stdout, stderr } = await call(runScript("worker", ["--exit-on-complete"]), extra);
    expectMails(project, mails, stdout + stderr);
  };
  return {
    install: async () => {
      writeProject(project, row);
      await call([...add, tarball, "zod@4", `mongoose@${row.mongoose}`]);
      if (row.language === "TypeScript") await call([...addDev, "typescript@5", "tsx@4", "@types/node@20"]);
      // docs/stores.md says so: this Node brings no SQLite.
      if (row.node === "20.20") await call(addBuilt("better-sqlite3", "12"));
    },
    init: async () => void (await call(mail("init"))),
    "first mail": async () => {
      const { stdout, stderr } = await call(mail("send", ...CALL));
      expectMails(project, 1, stdout + stderr);
    },
    SQLite: () => delayed({}),
    MongoDB: () => delayed({ MONGODB_URI: mongodbUri }),
    test: async () => {
      const [ending, loader] = row.language === "TypeScript" ? ["ts", ["--import", "tsx"]] : ["js", []];
      await call(["node", ...loader, "--test", `test/user-mailer.test.${ending}`]);
    },
  };
}

function writeProject(project: string, { modules }: Row): void {
  mkdirSync(project, { recursive: true });
  const manifest = { name: "my-shop", version: "1.0.0", ...(modules === "ESM" && { type: "module" }) };
  writeFileSync(join(project, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
}

/** Nothing of this process's own settings, and nothing that says it is itself a script of npm. */
function environment(): NodeJS.ProcessEnv {
  const ours = new Set(Object.values(ENVIRONMENT));
  const kept = Object.entries(process.env).filter(
    ([name]) => !ours.has(name) && !name.startsWith("npm_") && !["NODE_OPTIONS", "NODE_ENV"].includes(name),
  );
  return Object.fromEntries(kept);
}

function mailsIn(project: string): number {
  const inbox = join(project, ".delayed-mailer/inbox");
  return existsSync(inbox) ? readdirSync(inbox).filter((name) => name.endsWith(".eml")).length : 0;
}

function expectMails(project: string, count: number, output: string): void {
  const mails = mailsIn(project);
  if (mails !== count) throw new Error(`${mails} instead of ${count} mails in the inbox. ${output}`);
}

/** What the command said that sounds like a reason, in one line. */
function reasonOf(error: unknown): string {
  const { stderr = "", stdout = "", signal } = Object(error) as Partial<Record<string, string>>;
  const said = `${stderr}\n${stdout}`.split("\n").map((line) => line.trim());
  const telling = said.find((line) => /error:|^error |cannot|could not|not found|no such/i.test(line));
  const last = said.findLast((line) => line !== "");
  const [first = ""] = errorMessage(error).split("\n");
  return `${signal ? `ended by ${signal}: ` : ""}${telling ?? last ?? first}`.slice(0, 200);
}
