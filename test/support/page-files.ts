import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { blocksOf, filesOf } from "./docs.ts";

/** The code of the blocks that are no files of their own, in order. */
export function snippetsIn(page: string): readonly string[] {
  return blocksOf(page).flatMap(({ language, path, code }) =>
    language === "ts" && path === undefined ? [code] : [],
  );
}

const SOURCES = {
  "delayed-mailer": "src/index.ts",
  "delayed-mailer/fastify": "src/frameworks/fastify.ts",
  "delayed-mailer/nestjs": "src/frameworks/nestjs.ts",
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

export interface WriteOptions {
  /** Files of a test's own, by their paths. */
  readonly more?: Readonly<Record<string, string>>;
  /** Defaults to a new one, which the caller removes. */
  readonly folder?: string;
  /** Where a file goes that a page calls so. */
  readonly rename?: (path: string) => string;
}

/**
 * Writes the files that a page shows into a folder, with the package's own names for this source. Packages, and the mailers of this
 * repository where the page shows none, are found there too.
 */
export async function writeFilesOf(page: string, options: WriteOptions = {}): Promise<string> {
  const { more, rename = (path) => path } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "docs-")));
  const files = { ...filesOf(page), ...more };
  for (const [path, code] of Object.entries(files)) {
    const file = join(folder, rename(path));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, withSources(code));
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
