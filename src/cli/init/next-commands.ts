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

function installCommand(project: Project, hasSqlite: boolean): string | undefined {
  const { add, addDev } = WORDS[project.packageManager];
  const missing = ["delayed-mailer", "zod"].filter((name) => !project.has(name));
  const needsSqlite = !hasSqlite && !project.has("better-sqlite3") && !project.has("mongoose");
  // pnpm runs the install scripts of those packages only that are named: this one compiles.
  const allow = project.packageManager === "pnpm" ? "--allow-build=better-sqlite3 " : "";
  const commands = [
    ...(missing.length > 0 ? [`${add} ${missing.join(" ")}`] : []),
    ...(needsSqlite ? [`${add} ${allow}better-sqlite3@12`] : []),
    ...(needsTsx(project) && !project.has("tsx") ? [`${addDev} tsx`] : []),
  ];
  return commands.length === 0 ? undefined : commands.join(" && ");
}
