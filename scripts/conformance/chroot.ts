import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { MailServer } from "./mail-servers.ts";

const FIRST_ID = 61_000;
/** Where programs of mail servers lie. */
const PROGRAMS = ["usr/sbin", "usr/lib/postfix/sbin", "usr/libexec/opensmtpd"];
/** Debian's postfix starts some of its programs with it. */
const SHELL = "/bin/sh";
/** Name and number of the devices that a mail server opens. */
const DEVICES = { null: [1, 3], random: [1, 8], urandom: [1, 9] } as const;

/** Why no mail server can be put up here; undefined where one can. */
export function missing(): string | undefined {
  if (process.platform !== "linux") return "This needs Linux.";
  if (process.getuid?.() !== 0) return "This needs root: each server runs in a root folder of its own.";
  const absent = ["apt-get", "apt-cache", "dpkg", "dpkg-query", "chroot", "mknod", "ldd"].filter(
    (tool) => !isThere(tool),
  );
  return absent.length > 0 ? `This needs a Debian system: ${absent.join(", ")} is not there.` : undefined;
}

/**
 * Puts a mail server and all that it needs into a folder, without installing anything: Debian's mail servers exclude each other.
 * @param packages where packages are fetched to, and kept
 * @throws Error when apt has no such package or cannot fetch it
 */
export function makeRoot(root: string, server: MailServer, packages: string, port: number): void {
  for (const file of fetched([server.package, ...librariesOf(server.package)], packages))
    execFileSync("dpkg", ["-x", file, root]);
  for (const folder of ["dev", "etc", "proc", "run", "tmp", "bin", "var/run"])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(join(root, "tmp"), 0o1777);
  if (!existsSync(join(root, "lib"))) symlinkSync("usr/lib", join(root, "lib"));
  for (const [device, numbers] of Object.entries(DEVICES))
    execFileSync("mknod", ["-m", "666", join(root, "dev", device), "c", ...numbers.map(String)]);
  copyLibraries(root);
  writeUsers(root, server);
  for (const [path, text] of Object.entries(server.files(port))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

function isThere(tool: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${tool}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The libraries that it needs and this system lacks. */
function librariesOf(name: string): readonly string[] {
  const only = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"];
  const args = ["depends", "--recurse", ...only.map((kind) => `--no-${kind}`), name];
  const text = execFileSync("apt-cache", args, { encoding: "utf8", maxBuffer: 1 << 26 });
  const names = new Set(text.split("\n").filter((line) => /^lib\S+$/.test(line)));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in.
  const query = ["-W", "-f", "${Package} ${db:Status-Status}\n"];
  const installed = execFileSync("dpkg-query", query, { encoding: "utf8", maxBuffer: 1 << 26 });
  for (const line of installed.split("\n")) {
    const [known = "", state] = line.split(" ");
    if (state === "installed") names.delete(known);
  }
  return [...names];
}

/** @returns the package files */
function fetched(names: readonly string[], folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const absent = names.filter((name) => fileOf(name, folder) === undefined);
  const download = () =>
    execFileSync("apt-get", ["-q", "-o", "APT::Sandbox::User=root", "download", ...absent], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 60_000,
    });
  if (absent.length > 0) {
    try {
      download();
    } catch {
      execFileSync("apt-get", ["-q", "update"], { stdio: "ignore", timeout: 60_000 });
      download();
    }
  }
  return names.flatMap((name) => fileOf(name, folder) ?? []);
}

function fileOf(name: string, folder: string): string | undefined {
  const file = readdirSync(folder).find((each) => each.startsWith(`${name}_`) && each.endsWith(".deb"));
  return file && join(folder, file);
}

/** What the programs load, from this system where the packages do not bring it. */
function copyLibraries(root: string): void {
  const programs = PROGRAMS.flatMap((folder) => filesIn(join(root, folder)));
  const own = ["usr/lib/postfix", ...librariesIn(root)].map((folder) => join(root, folder)).join(":");
  for (const program of [...programs, SHELL])
    for (const library of loadedBy(program, own)) if (!library.startsWith(root)) copyInto(root, library);
  copyInto(root, SHELL);
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

/** The folder is named after the processor. */
function librariesIn(root: string): readonly string[] {
  const folder = join(root, "usr/lib");
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name.endsWith("-linux-gnu")).map((name) => `usr/lib/${name}`);
}

function copyInto(root: string, file: string): void {
  const to = join(root, file);
  if (existsSync(to) || !existsSync(file)) return;
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(file, to);
}

function loadedBy(program: string, path: string): readonly string[] {
  try {
    const env = { ...process.env, LD_LIBRARY_PATH: path };
    const text = execFileSync("ldd", [program], {
      encoding: "utf8",
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, library = ""]) => library);
  } catch {
    // A script.
    return [];
  }
}

function writeUsers(root: string, { users, folders }: MailServer): void {
  const ids = new Map(users.map((name, index) => [name, FIRST_ID + index]));
  const lines = [...ids].map(([name, id]) => `${name}:x:${id}:${id}::${homeOf(name)}:/bin/false\n`);
  writeFileSync(join(root, "etc/passwd"), `root:x:0:0:root:/:/bin/sh\n${lines.join("")}`);
  const groups = [...ids].map(([name, id]) => `${name}:x:${id}:\n`);
  writeFileSync(join(root, "etc/group"), `root:x:0:\n${groups.join("")}`);
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost mail.example\n");
  for (const [folder, { owner = "root", mode = 0o755 }] of Object.entries(folders)) {
    const path = join(root, folder);
    mkdirSync(path, { recursive: true });
    const id = ids.get(owner) ?? 0;
    chownSync(path, id, id);
    chmodSync(path, mode);
  }
}

/** OpenSMTPD shuts its processes in the home of its user. */
function homeOf(user: string): string {
  return user.startsWith("opensmtp") ? "/var/lib/opensmtpd/empty" : "/";
}

export function removeRoot(root: string): void {
  rmSync(root, { recursive: true, force: true });
}
