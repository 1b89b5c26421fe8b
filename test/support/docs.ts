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

/** Imports a file that a page shows, with the package's own name for this source. */
export async function importExample<T>(page: string, path: string): Promise<T> {
  const block = (await blocksIn(page)).find((each) => each.path === path);
  if (block === undefined) throw new Error(`${page} shows no file ${path}`);
  const folder = await mkdtemp(join(tmpdir(), "docs-"));
  const file = join(folder, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(
      file,
      block.code.replaceAll('from "delayed-mailer"', `from "${resolve("src/index.ts")}"`),
    );
    return (await import(file)) as T;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
