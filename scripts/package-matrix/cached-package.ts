import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const CACHE = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"),
  "delayed-mailer",
  "package-matrix",
);

/** Installs a package from the npm registry once. @returns its folder in node_modules */
export async function cachedPackage(name: string, range: string): Promise<string> {
  const home = join(CACHE, `${name}-${range}`);
  if (!existsSync(home)) await installInto(home, `${name}@${range}`);
  return join(home, "node_modules", name);
}

/** Beside the place it ends up in, so that a run that is stopped leaves nothing half done. */
async function installInto(home: string, what: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const building = mkdtempSync(join(CACHE, "installing-"));
  try {
    writeFileSync(join(building, "package.json"), "{}");
    await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", what], { cwd: building });
    renameSync(building, home);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}
