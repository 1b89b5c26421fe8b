import { existsSync, readFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { errorMessage } from "../errors/error-message.ts";
import { UsageError } from "./command.ts";

/** What reads TypeScript in this process: the application's tsx, which knows every way to write it, or node itself. */
let reader: "tsx" | "node" | undefined;

/** Imports a file of the application. @returns its exports @throws UsageError where it is TypeScript and nothing here reads it */
export async function loadModule(path: string): Promise<unknown> {
  if (/ts$/.test(path)) reader ??= await readTypeScript();
  return reader === "tsx" && isCommonJs(path) ? requireModule(path) : import(pathToFileURL(path).href);
}

/** @throws UsageError */
async function readTypeScript(): Promise<"tsx" | "node"> {
  if (process.execArgv.some((argument) => argument.includes("tsx"))) return "tsx";
  const tsx = tsxOfApplication();
  if (tsx !== undefined) {
    await register(tsx);
    return "tsx";
  }
  // 22.12 has the property, and it is false.
  if (Reflect.get(process.features, "typescript")) return "node";
  throw new UsageError(
    "it is TypeScript: install tsx in your project (npm install -D tsx), or name compiled mailers with --mailers dist/mailers",
  );
}

function tsxOfApplication(): string | undefined {
  try {
    const { resolve } = createRequire(join(process.cwd(), "package.json"));
    return dirname(resolve("tsx/package.json"));
  } catch {
    return undefined;
  }
}

/** Both of its faces, each as an `import` finds it: what `require.resolve` finds registers for another loader. */
async function register(tsx: string): Promise<void> {
  try {
    const { exports } = JSON.parse(readFileSync(join(tsx, "package.json"), "utf8"));
    for (const face of ["./cjs/api", "./esm/api"]) {
      const path = join(tsx, exports[face].import.default);
      (await import(pathToFileURL(path).href)).register();
    }
  } catch (error) {
    throw new UsageError(
      `it is TypeScript, and the tsx in ${tsx} cannot read it: ${errorMessage(error)}. Update it (npm install -D tsx@latest), or name compiled mailers with --mailers dist/mailers`,
      {
        cause: error,
      },
    );
  }
}

function isCommonJs(path: string): boolean {
  if (/\.[cm][jt]s$/.test(path)) return /\.c[jt]s$/.test(path);
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type !== "module";
    if (folder === dirname(folder)) return true;
  }
}

/** tsx compiles what CommonJS requires, this package too: without the entry its mailers would register in a second copy of it. */
async function requireModule(path: string): Promise<unknown> {
  const require = createRequire(path);
  const index = fileURLToPath(new URL(`../index${extname(import.meta.url)}`, import.meta.url));
  require.cache[index] ??= Object.assign(new Module(index), {
    filename: index,
    loaded: true,
    // biome-ignore lint/style/noRestrictedImports: what runs already is given to those who require it.
    exports: await import("../index.ts"),
  });
  return require(path);
}
