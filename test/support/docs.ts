import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** Of its opening fence, from 1. */
  readonly line: number;
  /** Empty where none is said. */
  readonly language: string;
  /** The file it is, where the page says: a path between backticks above it, or in a comment in its first line. */
  readonly path: string | undefined;
  readonly code: string;
}

/** Every page that may show examples. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync("docs").flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];

const FENCED = /(?:^ *`([\w/.-]+)`\n\n)?^( *)```(\w*)\n([\s\S]*?)^ *```$/gm;
const PATH_COMMENT = /^(?:\/\/ ([\w/-]+\.\w+).*\n|\{\{!-- ([\w/-]+[\w/.-]+) --\}\}\n)/;

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(page, "utf8");
  return Array.from(text.matchAll(FENCED), (match) => {
    const [whole, named, indent = "", language = "", content = ""] = match;
    const code = content.replace(new RegExp(`^${indent}`, "gm"), "");
    const [comment = "", ts, hbs] = PATH_COMMENT.exec(code) ?? [];
    const before = text.slice(0, match.index + whole.indexOf("```"));
    return {
      page,
      line: before.split("\n").length,
      language,
      path: named ?? ts ?? hbs,
      code: code.slice(comment.length),
    };
  });
}

/** The files a page shows, by their paths. */
export function filesOf(page: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    blocksOf(page).flatMap(({ path, code }) => (path === undefined ? [] : [[path, code]])),
  );
}

/** The block of a page that holds `part`. */
export function blockWith(page: string, part: string): string {
  const block = blocksOf(page).find(({ code }) => code.includes(part));
  if (block === undefined) throw new Error(`${page} has no example with ${part}`);
  return block.code;
}

/** The command lines of a block, each in words, without the comments behind them. */
export function commandsIn(block: string): readonly (readonly string[])[] {
  const lines = block.split("\n").map((line) => line.replace(/\s+#.*$/, "").trim());
  return lines.filter((line) => line !== "").map(words);
}

/** As a shell would take it apart. */
function words(line: string): readonly string[] {
  return Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), ([, single, double, bare]) => {
    return single ?? double ?? bare ?? "";
  });
}

/** The sources below test/docs, which type-check, and run as tests or are run by one. */
export function exampleSources(folder = "test/docs"): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Whether code stands in a source as it stands in the page, further in or not, importing this package by its name or its files. */
export function standsIn(source: string, code: string): boolean {
  const lines = samePackage(source).split("\n");
  const wanted = samePackage(code).trimEnd().split("\n");
  return lines.some((line, start) => {
    const indent = line.slice(0, line.length - line.trimStart().length);
    return wanted.every(
      (each, offset) => (lines[start + offset] ?? "") === (each === "" ? "" : indent + each),
    );
  });
}

function samePackage(code: string): string {
  return code
    .replace(/from "(?:\.\.\/)+src\/index\.ts";?( \/\/ in your own project: .*)?/g, 'from "delayed-mailer";')
    .replace(/from "(?:\.\.\/)+src\/telemetry\/index\.ts"/g, 'from "delayed-mailer/opentelemetry"')
    .replace(
      /from "(?:\.\.\/)+src\/testing\/describe-transport\.ts"/g,
      'from "delayed-mailer/testing/transport"',
    )
    .replace(
      /^import \{\n([^}]*),\n\} from/gm,
      (_, names: string) => `import { ${names.trim().replace(/,\s+/g, ", ")} } from`,
    )
    .replace(/[ \t]+$/gm, "");
}
