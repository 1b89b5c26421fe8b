import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/**
 * `npm run on-node -- 24 [COMMAND ...]`: runs a command (`npm test` where none is given) on another Node, in a clean copy of what is here, with
 * node_modules of its own, because native modules fit one Node. Ends with the command's exit code. What it fetches and copies is kept in a
 * cache folder; a second run installs nothing that has not changed. Where that Node cannot be fetched, it says so in one line and ends with 69.
 */
const [version = "", ...words] = process.argv.slice(2).filter((word, index) => word !== "--" || index > 1);
const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "delayed-mailer");
const USAGE =
  "Usage: npm run on-node -- VERSION [COMMAND ...], where VERSION is 22, 24, 26 or a whole one.\n";
const STAMP = ".installed-for";
/** As sysexits.h has it: what is needed cannot be had here. `npm run further-checks` knows it. */
const UNAVAILABLE = 69;

/** What `npm run` tells its children of itself, and would be taken for settings by an npm that is started here. */
const OF_OUTER_NPM =
  /^(npm_(package|lifecycle|command|execpath|node_execpath)|npm_config_(local_prefix|global_prefix|prefix|node_gyp|npm_version|allow_scripts)$|INIT_CWD$|NODE$)/;

if (!/^\d+(\.\d+){0,2}$/.test(version)) {
  process.stderr.write(USAGE);
  process.exit(2);
}
const home = fetchNode(version);
const env = environmentOf(home);
const exact = execFileSync(join(home, "bin", "node"), ["--version"], { encoding: "utf8" }).trim();
const copy = copyOf(process.cwd(), exact);
say(`Node ${exact}, in ${copy}`);
install(copy);
const [command = "npm", ...args] = words.length > 0 ? words : ["npm", "test"];
say([command, ...args].join(" "));
const { status, error } = spawnSync(command, args, { cwd: copy, env, stdio: "inherit" });
if (error) process.stderr.write(`${command} cannot be run: ${error.message}\n`);
process.exitCode = status ?? 1;

/**
 * The packages that the npm package `node` installs by a script of its own carry the binary; so no script has to run.
 * @returns the folder with bin/ and include/
 */
function fetchNode(wanted: string): string {
  const folder = join(CACHE, `node-${wanted}`);
  const prefix = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `${prefix}-${platform}-${process.arch}`;
  mkdirSync(folder, { recursive: true });
  const args = [
    "install",
    "--prefix",
    folder,
    "--ignore-scripts",
    "--no-save",
    "--loglevel=error",
    `${name}@${wanted}`,
  ];
  const home = join(folder, "node_modules", name);
  const { stderr } = spawnSync("npm", args, { encoding: "utf8", env: cleaned(process.env) });
  // One that was fetched before serves where the registry is out of reach.
  if (existsSync(join(home, "bin", "node"))) return home;
  const reason =
    (stderr ?? "").split("\n").find((line) => /\b(E[A-Z]{3,}|code|error)\b/.test(line)) ??
    "npm cannot be run";
  process.stderr.write(
    `on-node: Node ${wanted} (${name}) cannot be fetched from the npm registry: ${reason}\n`,
  );
  process.exit(UNAVAILABLE);
}

function environmentOf(node: string): NodeJS.ProcessEnv {
  const inner = cleaned(process.env);
  return {
    ...inner,
    PATH: `${join(node, "bin")}${delimiter}${inner.PATH}`,
    // Where a native module finds the headers of this Node; of no use where the package has none.
    ...(existsSync(join(node, "include", "node")) && { npm_config_nodedir: node }),
  };
}

function cleaned(all: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !OF_OUTER_NPM.test(name)));
}

/** What git knows or would know, as it is now, without what it ignores. */
function copyOf(source: string, node: string): string {
  const place = createHash("sha256").update(source).digest("hex").slice(0, 8);
  const target = join(CACHE, `copy-${place}-${node}`);
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(target))
    if (name !== "node_modules") rmSync(join(target, name), { recursive: true, force: true });
  const list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const files = execFileSync("git", list, { cwd: source, encoding: "utf8", maxBuffer: 2 ** 26 });
  // A checkout may have a link for a node_modules; the copy gets one of its own, and must not install into another's.
  const isCopied = (file: string) =>
    file !== "" && !file.split("/").includes("node_modules") && existsSync(join(source, file));
  for (const file of files.split("\0").filter(isCopied)) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(source, file), join(target, file), { verbatimSymlinks: true });
  }
  // What asks git which files there are (the formatter) is told of the copy's own.
  execFileSync("git", ["init", "--quiet"], { cwd: target });
  return target;
}

/** `npm ci`, where its last one was for another lock file; from the cache of npm where that has what the project has anyhow. */
function install(folder: string): void {
  const stamp = join(folder, "node_modules", STAMP);
  const lock = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("npm ci");
  const { status } = spawnSync("npm", ["ci", "--prefer-offline"], { cwd: folder, env, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, lock);
}

function say(line: string): void {
  process.stdout.write(`on-node: ${line}\n`);
}
