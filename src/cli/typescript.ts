import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../message-of.ts";
import { UsageError } from "./command.ts";

let isLoaded = false;

/**
 * Makes this process read TypeScript: with the application's own tsx, which knows every way to write it, else by node itself.
 * @throws UsageError where neither can
 */
export async function loadTypeScript(): Promise<void> {
  if (isLoaded || process.execArgv.some((argument) => argument.includes("tsx"))) return;
  const tsx = tsxOfApplication();
  if (tsx !== undefined) await register(tsx);
  else if (!readsTypeScript())
    throw new UsageError(
      "it is TypeScript: install tsx in your project (npm install -D tsx), or name compiled mailers with --mailers dist/mailers",
    );
  isLoaded = true;
}

/** Whether this node takes types away by itself. 22.12 has the property, and it is false. */
function readsTypeScript(): boolean {
  return Boolean(Reflect.get(process.features, "typescript"));
}

/** Where the application's tsx is. */
function tsxOfApplication(): string | undefined {
  try {
    const { resolve } = createRequire(join(process.cwd(), "package.json"));
    return dirname(resolve("tsx/package.json"));
  } catch {
    return undefined;
  }
}

/** `require.resolve` knows only tsx's CommonJS face, whose `register` is for another loader. */
async function register(tsx: string): Promise<void> {
  try {
    const manifest = JSON.parse(readFileSync(join(tsx, "package.json"), "utf8"));
    const face = manifest.exports["./esm/api"].import.default;
    (await import(pathToFileURL(join(tsx, face)).href)).register();
  } catch (error) {
    throw new UsageError(`it is TypeScript, and the tsx in ${tsx} cannot read it: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
