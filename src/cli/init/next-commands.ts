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

/** The three commands that lead to the first mail. What is not installed comes first. */
export function nextCommands(project: Project): readonly string[] {
  const { exec, run } = WORDS[project.packageManager];
  const send = `${exec} delayed-mailer send UserMailer.sendRegistrationMail '["ada@example.com", "Ada"]'`;
  const install = installCommand(project);
  return [
    install ?? `${exec} delayed-mailer preview --open`,
    install ? send : `${send} --delay`,
    `${run} worker`,
  ];
}

function installCommand(project: Project): string | undefined {
  const { add, addDev } = WORDS[project.packageManager];
  const missing = ["delayed-mailer", "zod"].filter((name) => !project.has(name));
  const commands = [
    ...(missing.length > 0 ? [`${add} ${missing.join(" ")}`] : []),
    ...(needsTsx(project) && !project.has("tsx") ? [`${addDev} tsx`] : []),
  ];
  return commands.length === 0 ? undefined : commands.join(" && ");
}
