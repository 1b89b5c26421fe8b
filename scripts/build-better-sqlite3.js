// `npm ci` in this repository runs it ("prepare"): the suite holds both SQLite drivers to their contracts where better-sqlite3 12 works, on Node 20
// and 22, and Node 20 has no other. Its own install script is not allowed to run, so that nothing is compiled where nothing needs it.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const LAST_MAJOR = 22;
const [major] = process.versions.node.split(".").map(Number);

function isBuilt() {
  try {
    const Sqlite = createRequire(import.meta.url)("better-sqlite3");
    new Sqlite(":memory:").close();
    return true;
  } catch {
    return false;
  }
}

if (major <= LAST_MAJOR && !isBuilt()) {
  const args = ["explore", "better-sqlite3", "--", "npm", "run", "install"];
  const { status } = spawnSync("npm", args, { stdio: "inherit", shell: process.platform === "win32" });
  process.exitCode = status ?? 1;
}
