import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
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
  const tsx = findTsx(require);
  if (tsx === undefined)
    throw new UsageError(
      "The mailers are TypeScript: install tsx in your project (npm install -D tsx), or name compiled ones with --mailers dist/mailers.",
    );
  try {
    // One for files that are CommonJS, one for those that are ESM.
    require("tsx/cjs/api").register();
    const esm = await import(pathToFileURL(esmFaceOf(tsx)).href);
    esm.register();
  } catch (error) {
    throw new UsageError(`The mailers are TypeScript, and tsx cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The path of the package.json of the project's tsx. */
function findTsx(require: NodeJS.Require): string | undefined {
  try {
    return require.resolve("tsx/package.json");
  } catch {
    return undefined;
  }
}

/** `require.resolve("tsx/esm/api")` gives the file for `require()`, which cannot register what reads ESM. */
function esmFaceOf(packageFile: string): string {
  const { exports } = tsxPackage.parse(JSON.parse(readFileSync(packageFile, "utf8")));
  return join(dirname(packageFile), exports["./esm/api"].import.default);
}

const tsxPackage = z.object({
  exports: z.object({ "./esm/api": z.object({ import: z.object({ default: z.string() }) }) }),
});

/** Whether tsx, or a later Node, reads TypeScript in this process already. */
function readsTypeScript(): boolean {
  // It is there, and false, in versions that read it only where they are told to.
  const isBuiltIn = Boolean(Reflect.get(process.features, "typescript"));
  return isBuiltIn || process.execArgv.some((argument) => argument.includes("tsx"));
}

/** @throws UnknownActionError when no loaded mailer has this action */
export function mailerNamed(mailer: string, action: string): MailerPerformable {
  const performable = registry.find(mailer, action);
  if (isMailer(performable)) return performable;
  throw new UnknownActionError(mailer, action, registry.names());
}
