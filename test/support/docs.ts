import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The blocks of code of a page, in order. */
async function blocksIn(page: string): Promise<readonly { readonly path: string; readonly code: string }[]> {
  const text = await readFile(page, "utf8");
  const blocks = text.matchAll(/(?:^`([\w/.-]+)`\n\n)?^```ts\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, path = "", code = ""]) => ({ path, code }));
}

/** The code of the block that contains `part`, for `Function`: an example of what a user writes without imports. */
export async function exampleWith(page: string, part: string): Promise<string> {
  const block = (await blocksIn(page)).find(({ code }) => code.includes(part));
  if (block === undefined) throw new Error(`${page} has no example with ${part}`);
  return block.code;
}

/** The code of the blocks that are no files of their own, in order. */
export async function snippetsIn(page: string): Promise<readonly string[]> {
  return (await blocksIn(page)).filter(({ path }) => path === "").map(({ code }) => code);
}

const SOURCES = {
  "delayed-mailer": "src/index.ts",
  "delayed-mailer/testing": "src/testing/index.ts",
  "delayed-mailer/testing/jest": "src/testing/jest.ts",
  "delayed-mailer/testing/transport": "src/testing/describe-transport.ts",
  "delayed-mailer/testing/vitest": "src/testing/vitest.ts",
  // What Jest gives its tests, without Jest.
  "@jest/globals": "node_modules/expect/build/index.mjs",
};

function withSources(code: string): string {
  return Object.entries(SOURCES).reduce(
    (text, [name, source]) => text.replaceAll(`from "${name}"`, `from "${resolve(source)}"`),
    code,
  );
}

/**
 * Writes the files that a page shows into a folder, with the package's own names for this source. Packages, and the mailers of this
 * repository where the page shows none, are found there too. The caller removes it.
 * @param more files of a test's own, by their paths
 */
export async function writeFilesOf(
  page: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const shown = (await blocksIn(page)).filter(({ path }) => path !== "");
  const files = { ...Object.fromEntries(shown.map(({ path, code }) => [path, code])), ...more };
  const folder = await mkdtemp(join(tmpdir(), "docs-"));
  for (const [path, code] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), withSources(code));
  }
  const own = new Set(Object.keys(files).map((path) => path.split("/")[0]));
  for (const name of ["node_modules", "mailers"])
    if (!own.has(name)) await symlink(resolve(name), join(folder, name));
  return folder;
}

/** Gives a file that a page shows to `use`; it is gone after that. */
export async function withExample<T>(
  page: string,
  path: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await writeFilesOf(page);
  try {
    if (!existsSync(join(folder, path))) throw new Error(`${page} shows no file ${path}`);
    return await use(join(folder, path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Imports a file that a page shows. */
export function importExample<T>(page: string, path: string): Promise<T> {
  return withExample(page, path, async (file) => (await import(file)) as T);
}
