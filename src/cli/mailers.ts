import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UnknownActionError } from "../errors.ts";
import { MailerPerformable } from "../mailer-performable.ts";
import { registry } from "../performable.ts";
import { UsageError } from "./command.ts";

const SOURCE = /\.(?:[cm]?js|[cm]?ts)$/;
const NOT_A_MAILER = /\.(?:d|test|spec|preview)\.[cm]?[jt]s$/;

/**
 * Imports every mailer of the application, so that its calls can be checked and performed. TypeScript is loaded with the
 * application's own tsx where node cannot read it.
 * @param folder @default "mailers"
 * @throws UsageError when there is no such folder, or TypeScript and no tsx
 */
export async function loadMailers(folder = "mailers"): Promise<void> {
  const path = resolve(folder);
  if (!existsSync(path))
    throw new UsageError(`There is no folder "${folder}" here. Name yours with --mailers.`);
  const files = readdirSync(path)
    .filter((name) => SOURCE.test(name) && !NOT_A_MAILER.test(name))
    .sort();
  if (files.some((name) => /ts$/.test(name))) await loadTypeScript();
  for (const name of files) await import(pathToFileURL(join(path, name)).href);
}

/** Nothing to do when this process reads TypeScript already. */
async function loadTypeScript(): Promise<void> {
  if (readsTypeScript()) return;
  const require = createRequire(join(process.cwd(), "package.json"));
  try {
    const { register } = await import(pathToFileURL(require.resolve("tsx/esm/api")).href);
    register();
  } catch (error) {
    throw new UsageError(
      "The mailers are TypeScript: install tsx in your project (npm install -D tsx), or name compiled ones with --mailers dist/mailers.",
      { cause: error },
    );
  }
}

/** Whether tsx, or a later Node, reads TypeScript in this process already. */
function readsTypeScript(): boolean {
  return (
    process.execArgv.some((argument) => argument.includes("tsx")) ||
    Reflect.has(process.features, "typescript")
  );
}

/** @throws UnknownActionError when no loaded mailer has this action */
export function mailerNamed(mailer: string, action: string): MailerPerformable {
  const performable = registry.find(mailer, action);
  if (performable instanceof MailerPerformable) return performable;
  throw new UnknownActionError(mailer, action, registry.names());
}
