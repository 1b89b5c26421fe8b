import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { errorMessage } from "../errors/error-message.ts";
import { ConfigurationError, UnknownActionError } from "../errors/errors.ts";
import { registry } from "../jobs/handler.ts";
import { isMailer, type MailerHandler } from "../mailers/handler.ts";
import { type UnloadedFile, UsageError } from "./command.ts";
import { loadModule } from "./load-module.ts";
import { PREVIEW } from "./preview/preview-file.ts";

const SOURCE = /\.(?:[cm]?js|[cm]?ts)$/;
const NOT_A_MAILER = /\.(?:d|test|spec|preview)\.[cm]?[jt]s$/;

/**
 * Imports every mailer of the application, and every job of the folder `jobs` beside that of the mailers, so that its calls can be checked and performed. TypeScript is loaded with the
 * application's own tsx, or by a node that can read it.
 * @param folder @default "mailers"
 * @returns those that cannot be imported
 * @throws UsageError when there is no such folder
 * @throws ConfigurationError when one of them configures what is not usable
 */
export async function loadMailers(folder = "mailers"): Promise<readonly UnloadedFile[]> {
  if (!existsSync(resolve(folder)))
    throw new UsageError(
      `There is no folder "${folder}" here. Name yours with --mailers, or begin with delayed-mailer init.`,
    );
  const jobs = join(dirname(folder), "jobs");
  const folders = existsSync(resolve(jobs)) ? [folder, jobs] : [folder];
  const unloaded: UnloadedFile[] = [];
  for (const each of folders)
    unloaded.push(
      ...(await loadFiles(
        each,
        sources(each).filter((name) => !NOT_A_MAILER.test(name)),
      )),
    );
  return unloaded;
}

/**
 * Imports the files of previews, beside the mailers: after these, and for looking at mails only. A worker never does.
 * @returns those that cannot be imported
 */
export async function loadPreviews(folder = "mailers"): Promise<readonly UnloadedFile[]> {
  return loadFiles(
    folder,
    sources(folder).filter((name) => PREVIEW.test(name)),
  );
}

/** What the files that were loaded export, by name. */
export function loadedExports(): Readonly<Record<string, unknown>> {
  return Object.fromEntries(exported);
}

const exported = new Map<string, unknown>();

function note(exports: unknown): void {
  if (typeof exports !== "object" || exports === null) return;
  for (const [name, value] of Object.entries(exports)) if (name !== "default") exported.set(name, value);
}

/** What is told of a file that cannot be imported, in one line. */
export function unloadedLine({ file, problem }: UnloadedFile): string {
  return `${file} cannot be loaded: ${problem}`;
}

function sources(folder: string): readonly string[] {
  return readdirSync(resolve(folder))
    .filter((name) => SOURCE.test(name))
    .sort();
}

async function loadFiles(folder: string, names: readonly string[]): Promise<readonly UnloadedFile[]> {
  const unloaded: UnloadedFile[] = [];
  for (const name of names)
    try {
      note(await loadModule(resolve(folder, name)));
    } catch (error) {
      if (error instanceof ConfigurationError) throw error;
      unloaded.push({ file: join(folder, name), problem: problemOf(error) });
    }
  return unloaded;
}

/** `SyntaxError: Unexpected token ')' (mailers/user-mailer.ts:3)` */
function problemOf(error: unknown): string {
  const message = errorMessage(error)
    .trim()
    .replace(/\s+/g, (space) => (space.includes("\n") ? " " : space));
  if (!(error instanceof Error)) return message;
  const name = error.name === "Error" || error.name === "UsageError" ? "" : `${error.name}: `;
  const [, path, line] = /^((?:file:\/\/)?\/[^\n]*?):(\d+)\n/.exec(error.stack ?? "") ?? [];
  return `${name}${message}${path === undefined ? "" : ` (${nearPath(path)}:${line})`}`;
}

function nearPath(path: string): string {
  return relative(process.cwd(), path.startsWith("file:") ? fileURLToPath(path) : path);
}

/** @throws UnknownActionError when no loaded mailer has this action */
export function mailerNamed(mailer: string, action: string): MailerHandler {
  const handler = registry.find(mailer, action);
  if (isMailer(handler)) return handler;
  throw new UnknownActionError(mailer, action, registry.names());
}
