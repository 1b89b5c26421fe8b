/**
 * Writes one of our own starter files as CommonJS. It is no general translator: those files import and export in few ways, and a test
 * runs each of them.
 * @param keepsImports TypeScript writes `import` and is compiled to CommonJS; only `await` outside of functions is not possible there
 */
export function toCommonJs(text: string, keepsImports: boolean): string {
  const awaited = /^(?!import ).*\bawait /m.test(withoutBodies(text)) ? inMain(text) : text;
  return keepsImports ? awaited : requiring(awaited);
}

/** What stands at the beginning of a line, outside of functions. */
function withoutBodies(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^[\s})]/.test(line) && !/=> \{$/.test(line))
    .join("\n");
}

function inMain(text: string): string {
  const lines = text.trimEnd().split("\n");
  const last = lines.findLastIndex((line) => line.startsWith("import "));
  const imports = lines.slice(0, last + 1);
  const body = lines
    .slice(last + 1)
    .join("\n")
    .trim()
    .split("\n");
  const indented = body.map((line) => (line === "" ? "" : `  ${line}`));
  return [...imports, "", "async function main() {", ...indented, "}", "", "void main();", ""].join("\n");
}

function requiring(text: string): string {
  const exported = [...text.matchAll(/^export (?:abstract )?(?:class|const) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const code = text
    .replace(/^import (\{[^}]*\}|\w+) from (".*");$/gm, "const $1 = require($2);")
    .replace(/^import (".*");$/gm, "require($1);")
    .replace(/^export /gm, "");
  return exported.length === 0 ? code : `${code}\nmodule.exports = { ${exported.join(", ")} };\n`;
}
