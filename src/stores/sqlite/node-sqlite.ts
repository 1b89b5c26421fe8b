import type { Driver, OpenDriver } from "./driver.ts";

/** The first version in which no flag is needed. */
const SINCE = [22, 13] as const;
const MODULE = "node:sqlite";
const WARNING = "SQLite is an experimental feature";

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => Driver;
}

/** Node's own SQLite. Undefined where this Node has none, or has it only behind a flag. */
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

/** Node warns while it loads the module, and loads it synchronously. So no other warning can come between; this one is known by its text. */
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
