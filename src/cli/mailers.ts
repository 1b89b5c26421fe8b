import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UnknownActionError } from "../errors.ts";
import { isMailer, type MailerPerformable } from "../mailer-performable.ts";
import { messageOf } from "../message-of.ts";
import { registry } from "../performable.ts";
import { type UnloadedPreviews, UsageError } from "./command.ts";

const SOURCE = /\.(?:[cm]?js|[cm]?ts)$/;
const NOT_A_MAILER = /\.(?:d|test|spec|preview)\.[cm]?[jt]s$/;
/** A file of previews, which nothing reads that is there to send mails. */
export const PREVIEW = /\.preview\.[cm]?[jt]s$/;

/**
 * Imports every mailer of the application, so that its calls can be checked and performed. TypeScript is loaded with the
 * application's own tsx where node cannot read it.
 * @param folder @default "mailers"
 * @throws UsageError when there is no such folder, or TypeScript and no tsx
 */
export async function loadMailers(folder = "mailers"): Promise<void> {
  if (!existsSync(resolve(folder)))
    throw new UsageError(`There is no folder "${folder}" here. Name yours with --mailers.`);
  const files = sources(folder).filter((name) => !NOT_A_MAILER.test(name));
  await prepareFor(files);
  for (const name of files) await load(folder, name);
}

/**
 * Imports the files of previews, beside the mailers: after these, and for looking at mails only. A worker never does.
 * @returns those that cannot be imported
 */
export async function loadPreviews(folder = "mailers"): Promise<readonly UnloadedPreviews[]> {
  const files = sources(folder).filter((name) => PREVIEW.test(name));
  await prepareFor(files);
  const unloaded: UnloadedPreviews[] = [];
  for (const name of files)
    await load(folder, name).catch((error: unknown) => {
      const problem = messageOf(error);
      unloaded.push({ file: join(folder, name), problem });
    });
  return unloaded;
}

function sources(folder: string): readonly string[] {
  return readdirSync(resolve(folder))
    .filter((name) => SOURCE.test(name))
    .sort();
}

async function prepareFor(files: readonly string[]): Promise<void> {
  if (files.some((name) => /ts$/.test(name))) await loadTypeScript();
}

async function load(folder: string, name: string): Promise<void> {
  await import(pathToFileURL(resolve(folder, name)).href);
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
  if (isMailer(performable)) return performable;
  throw new UnknownActionError(mailer, action, registry.names());
}
