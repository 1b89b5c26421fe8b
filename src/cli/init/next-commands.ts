import { hasNodeSqlite } from "../../stores/sqlite/node-sqlite.ts";
import { needsTsx } from "./change-manifest.ts";
import type { PackageManager, Project } from "./project.ts";

interface Words {
  readonly add: string;
  readonly addDev: string;
  /** Runs a program of the project. */
  readonly exec: string;
  readonly run: string;
}

const WORDS: Readonly<Record<PackageManager, Words>> = {
  npm: { add: "npm install", addDev: "npm install -D", exec: "npx", run: "npm run" },
  pnpm: { add: "pnpm add", addDev: "pnpm add -D", exec: "pnpm exec", run: "pnpm run" },
  yarn: { add: "yarn add", addDev: "yarn add -D", exec: "yarn", run: "yarn run" },
};

/** `My Shop: TypeScript, ES modules, mongoose, tests by vitest`, as seen in the project. */
export function describeProject(project: Project): string {
  const parts = [
    project.isTypeScript ? "TypeScript" : "JavaScript",
    project.isCommonJs ? "CommonJS" : "ES modules",
    ...(project.has("mongoose") ? ["mongoose"] : []),
    `tests by ${project.testRunner}`,
  ];
  return `${project.name}: ${parts.join(", ")}`;
}

/**
 * The three commands that lead to the first mail. What is not installed comes first.
 * @param hasSqlite whether Node brings SQLite itself. @default what the Node that runs this has
 */
export function nextCommands(project: Project, hasSqlite = hasNodeSqlite()): readonly string[] {
  const { exec, run } = WORDS[project.packageManager];
  const send = `${exec} delayed-mailer send UserMailer.sendRegistrationMail '["ada@example.com", "Ada"]'`;
  const install = installCommand(project, hasSqlite);
  return [
    install ?? `${exec} delayed-mailer preview --open`,
    install ? send : `${send} --delay`,
    `${run} worker`,
  ];
}

/**
 * Where calls wait for the worker, where that is not decided yet: a project with mongoose means to keep them in MongoDB, and says so by a setting.
 * @param hasSqlite whether Node brings SQLite itself. @default what the Node that runs this has
 */
export function storeNote(project: Project, hasSqlite = hasNodeSqlite()): string | undefined {
  if (!project.has("mongoose") || process.env.MONGODB_URI !== undefined) return undefined;
  const { add } = WORDS[project.packageManager];
  const without =
    hasSqlite || project.has("better-sqlite3")
      ? "Without it they are kept in .delayed-mailer/store.sqlite."
      : `Without it this Node needs SQLite: ${add} ${allowing(project)}better-sqlite3@12.`;
  return `Delayed mails wait in MongoDB: copy .env.example to .env, and set MONGODB_URI there.\n${without}`;
}

/** pnpm runs the install scripts of those packages only that are named: this one compiles. */
function allowing({ packageManager }: Project): string {
  return packageManager === "pnpm" ? "--allow-build=better-sqlite3 " : "";
}

function installCommand(project: Project, hasSqlite: boolean): string | undefined {
  const { add, addDev } = WORDS[project.packageManager];
  const missing = ["delayed-mailer", "zod"].filter((name) => !project.has(name));
  const needsSqlite = !hasSqlite && !project.has("better-sqlite3") && !project.has("mongoose");
  const commands = [
    ...(missing.length > 0 ? [`${add} ${missing.join(" ")}`] : []),
    ...(needsSqlite ? [`${add} ${allowing(project)}better-sqlite3@12`] : []),
    ...(needsTsx(project) && !project.has("tsx") ? [`${addDev} tsx`] : []),
  ];
  return commands.length === 0 ? undefined : commands.join(" && ");
}
