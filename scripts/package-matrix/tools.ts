import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { cachedPackage } from "./cached-package.ts";
import { nodeFolder } from "./node-folder.ts";
import type { Row } from "./rows.ts";

const PNPM = "10";
const YARN = "1";
const NODE_GYP = "11";

interface Commands {
  /** Installs these, for running and for developing. */
  readonly add: readonly string[];
  readonly addDev: readonly string[];
  /** Installs a package whose install script has to run, because it compiles. */
  readonly addBuilt: (name: string, version: string) => readonly string[];
  readonly exec: readonly string[];
  /** Runs a script with flags. */
  readonly runScript: (script: string, flags: readonly string[]) => readonly string[];
}

export const COMMANDS: Readonly<Record<Row["manager"], Commands>> = {
  npm: {
    add: ["npm", "install", "--no-audit", "--no-fund"],
    addDev: ["npm", "install", "--no-audit", "--no-fund", "-D"],
    addBuilt: (name, version) => ["npm", "install", "--no-audit", "--no-fund", `${name}@${version}`],
    exec: ["npx", "--no-install"],
    runScript: (script, flags) => ["npm", "run", "-s", script, "--", ...flags],
  },
  pnpm: {
    add: ["pnpm", "add"],
    addDev: ["pnpm", "add", "-D"],
    addBuilt: (name, version) => ["pnpm", "add", `--allow-build=${name}`, `${name}@${version}`],
    exec: ["pnpm", "exec"],
    runScript: (script, flags) => ["pnpm", "run", script, ...flags],
  },
  yarn: {
    add: ["yarn", "add", "--non-interactive"],
    addDev: ["yarn", "add", "--non-interactive", "-D"],
    addBuilt: (name, version) => ["yarn", "add", "--non-interactive", `${name}@${version}`],
    exec: ["yarn", "-s"],
    runScript: (script, flags) => ["yarn", "-s", "run", script, ...flags],
  },
};

/** Where node-gyp finds the headers of a row's node: it need fetch none. */
export async function nodeHome({ node }: Row): Promise<string> {
  return dirname(await nodeFolder(node));
}

/** A PATH on which a row's node and package manager come first. @param folder where to put the manager's command */
export async function pathFor({ node, manager }: Row, folder: string): Promise<string> {
  const folders = [await nodeFolder(node)];
  if (manager !== "npm") folders.push(await managerFolder(manager, folder));
  return [...folders, process.env.PATH ?? ""].join(delimiter);
}

async function managerFolder(manager: "pnpm" | "yarn", folder: string): Promise<string> {
  const home = await cachedPackage(manager, manager === "pnpm" ? PNPM : YARN);
  writeCommand(folder, manager, join(home, "bin", manager === "pnpm" ? "pnpm.cjs" : "yarn.js"));
  // npm and pnpm bring node-gyp; yarn takes the one of the machine, and fetches none where it is not the first command of a script.
  if (manager === "yarn")
    writeCommand(folder, "node-gyp", join(await cachedPackage("node-gyp", NODE_GYP), "bin", "node-gyp.js"));
  return folder;
}

function writeCommand(folder: string, name: string, script: string): void {
  const command = join(folder, name);
  mkdirSync(dirname(command), { recursive: true });
  writeFileSync(command, `#!/bin/sh\nexec node "${script}" "$@"\n`);
  chmodSync(command, 0o755);
}
