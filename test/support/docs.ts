import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

const SOURCES = {
  "delayed-mailer": "src/index.ts",
  "delayed-mailer/testing/transport": "src/testing/describe-transport.ts",
};

/** Gives a file that a page shows, with the package's own names for this source, to `use`; it is gone after that. */
export async function withExample<T>(
  page: string,
  path: string,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const block = (await blocksIn(page)).find((each) => each.path === path);
  if (block === undefined) throw new Error(`${page} shows no file ${path}`);
  const folder = await mkdtemp(join(tmpdir(), "docs-"));
  const file = join(folder, path);
  let code = block.code;
  for (const [name, source] of Object.entries(SOURCES))
    code = code.replaceAll(`from "${name}"`, `from "${resolve(source)}"`);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, code);
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Imports a file that a page shows. */
export function importExample<T>(page: string, path: string): Promise<T> {
  return withExample(page, path, async (file) => (await import(file)) as T);
}
