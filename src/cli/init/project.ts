import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { errorMessage } from "../../errors/error-message.ts";
import { UsageError } from "../command.ts";

const manifestSchema = z.looseObject({
  name: z.string().optional(),
  type: z.string().optional(),
  packageManager: z.string().optional(),
  scripts: z.record(z.string(), z.string()).optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

export type TestRunner = "vitest" | "jest" | "node:test";
export type PackageManager = "npm" | "pnpm" | "yarn";

/** What can be seen of a project without asking. */
export interface Project {
  /** Where its package.json is. */
  readonly root: string;
  /** The text of its package.json. */
  readonly manifest: string;
  readonly scripts: Readonly<Record<string, string>>;
  /** For people, as in "My Shop". */
  readonly name: string;
  readonly isTypeScript: boolean;
  readonly isCommonJs: boolean;
  /** What relative imports end in. */
  readonly importEnding: ".ts" | ".js" | "";
  readonly packageManager: PackageManager;
  readonly testRunner: TestRunner;
  has(dependency: string): boolean;
}

/** Looks at the project that a folder is in. @throws UsageError when there is none */
export function projectAt(folder: string): Project {
  const root = rootAbove(resolve(folder));
  const manifest = readFileSync(join(root, "package.json"), "utf8");
  const parsed = parseManifest(manifest, root);
  const dependencies = { ...parsed.dependencies, ...parsed.devDependencies };
  const has = (dependency: string) => Object.hasOwn(dependencies, dependency);
  const isTypeScript = has("typescript") || existsSync(join(root, "tsconfig.json"));
  const isCommonJs = parsed.type !== "module";
  return {
    root,
    manifest,
    scripts: parsed.scripts ?? {},
    name: nameForPeople(parsed.name),
    isTypeScript,
    isCommonJs,
    importEnding: isTypeScript ? importEndingOf(root, isCommonJs) : ".js",
    packageManager: packageManagerOf(root, parsed.packageManager),
    testRunner: has("vitest") ? "vitest" : has("jest") ? "jest" : "node:test",
    has,
  };
}

function rootAbove(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder))
      throw new UsageError(`There is no package.json in ${start} or above it: begin with npm init.`);
  }
}

function parseManifest(text: string, root: string): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    const [reason] = errorMessage(error).split("\n");
    throw new UsageError(
      `${join(root, "package.json")} cannot be read: ${reason}. Mend it, then run init again.`,
      { cause: error },
    );
  }
}

/** `@acme/my-shop` is "My Shop". */
function nameForPeople(name = ""): string {
  const words = name.replace(/^@[^/]*\//, "").match(/[\p{L}\p{N}]+/gu) ?? ["My", "App"];
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

/** TypeScript takes ".ts" only where its settings say so, and Node's own reader of TypeScript takes nothing else. */
function importEndingOf(root: string, isCommonJs: boolean): Project["importEnding"] {
  const path = join(root, "tsconfig.json");
  const settings = existsSync(path) ? readFileSync(path, "utf8").replace(/^[ \t]*\/\/.*$/gm, "") : "";
  if (/"(allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(settings))
    return ".ts";
  return isCommonJs ? "" : ".js";
}

function packageManagerOf(root: string, declared = ""): PackageManager {
  const [name] = declared.split("@");
  if (name === "pnpm" || name === "yarn" || name === "npm") return name;
  if (existsSync(join(root, "pnpm-lock.yaml"))) return "pnpm";
  return existsSync(join(root, "yarn.lock")) ? "yarn" : "npm";
}
