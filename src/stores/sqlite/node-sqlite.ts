import type { Driver, OpenDriver } from "./driver.ts";

/** The first version in which no flag is needed. */
const SINCE = [22, 13] as const;
const MODULE = "node:sqlite";
const WARNING = "SQLite is an experimental feature";

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Driver;
}

/** SQLite as Node itself brings it; nothing where this Node does not, or only behind a flag. */
export function nodeSqlite(): OpenDriver | undefined {
  if (!hasNodeSqlite()) return undefined;
  const { DatabaseSync } = withoutWarning(() => process.getBuiltinModule(MODULE)) as NodeSqlite;
  return (path) => new DatabaseSync(path);
}

/** @param version of Node. @default the one that runs */
export function hasNodeSqlite(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1]);
}

/** Node warns while the module is loaded, and loads it at once: so no other warning can be met, and this one is known by its words. */
function withoutWarning<T>(load: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (String(warning).startsWith(WARNING)) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
