import { execFile } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hasNodeSqlite } from "../src/stores/sqlite/node-sqlite.ts";
import { VERSION } from "../src/version.ts";
import { eventually } from "./support/eventually.ts";

const run = promisify(execFile);
const ROOT = new URL("..", import.meta.url).pathname;

const MAILER = `import { Mailer, mailer } from "delayed-mailer";
class PlainActions extends Mailer {
  hello(email, name) {
    return this.mail({ to: email, subject: "Hello " + name, locals: { name } });
  }
}
export const PlainMailer = mailer(PlainActions, { name: "PlainMailer" });
`;
const CONSUMER = `import { type Delivery, Job, Mailer, mailer } from "delayed-mailer";
class TypedActions extends Mailer<{ locale?: string }> {
  hello(email: string, count: number) {
    return this.mail({ to: email, subject: String(count) });
  }
}
const TypedMailer = mailer(TypedActions, { name: "TypedMailer" });
export async function use(): Promise<[Delivery, Job<[email: string, count: number]>]> {
  // @ts-expect-error the package's types are strict
  TypedMailer.hello("a@b.c", "1");
  return [await TypedMailer.hello("a@b.c", 1).deliver(), await TypedMailer.delay({ in: "2h" }).hello("a@b.c", 2)];
}
`;
const CONTRACT = `import { describe, it } from "node:test";
import { MemoryTransport } from "delayed-mailer";
import { describeTransport } from "delayed-mailer/testing/transport";
const start = async () => {
  const transport = new MemoryTransport();
  const arrived = async () => transport.sent.map(({ mail, recipients }) => ({ messageId: mail.messageId, recipients }));
  return { transport, arrived };
};
describeTransport("memory", start, { describe, it });
`;
const KIT = `import { test } from "node:test";
import { assertNotSent, assertQueued, assertSent, captureMails, fakeMailer, performQueued, renderMail } from "delayed-mailer/testing";
import { PlainMailer } from "./mailers/plain-mailer.js";
test("the kit", async () => {
  const mails = await fakeMailer({ from: "shop@example.com" });
  await PlainMailer.delay({ in: "2h" }).hello("ann@example.com", "Ann");
  assertNotSent(PlainMailer, "hello");
  assertQueued(PlainMailer, "hello", ["ann@example.com", "Ann"], { in: "2h" });
  const { sent } = await captureMails(() => performQueued({ all: true }));
  assertSent(PlainMailer, "hello", ["ann@example.com", "Ann"], { html: "Hello Ann" });
  const mail = await renderMail(PlainMailer.hello("bob@example.com", "Bob"));
  if (sent.length !== 1 || mail.subject !== "Hello Bob") throw new Error("not as it should be");
  // Left open: a test that forgets to close must end all the same.
});
`;
const KIT_TYPES = `import { expect as jest } from "expect";
import { expect as vitest } from "vitest";
import { Mailer, mailer } from "delayed-mailer";
import { assertSent, fakeMailer, like } from "delayed-mailer/testing";
import { mailMatchers as forJest } from "delayed-mailer/testing/jest";
import { mailMatchers as forVitest } from "delayed-mailer/testing/vitest";
class KitActions extends Mailer {
  hello(email: string, order: { id: number; note: string }) {
    return this.mail({ to: email, subject: String(order.id) });
  }
}
const KitMailer = mailer(KitActions, { name: "KitMailer" });
const mails = await fakeMailer({ locale: "de" });
jest.extend(forJest);
vitest.extend(forVitest);
assertSent(KitMailer, "hello", ["a@b.c", like({ id: 1 })], { subject: "1", times: 1 });
jest(mails).toHaveSent(KitMailer, "hello");
vitest(mails.sent[0]).toHaveSubject("1");
// @ts-expect-error the id is a number
assertSent(KitMailer, "hello", ["a@b.c", { id: "1", note: "" }]);
// @ts-expect-error no such action
jest(mails).toHaveSent(KitMailer, "hallo");
// @ts-expect-error no such action
vitest(mails).toHaveQueued(KitMailer, "hallo");
`;

/** Says so when it is loaded. */
const PREVIEWS = `import { writeFileSync } from "node:fs";
import { previews } from "delayed-mailer";
import { PlainMailer } from "./plain-mailer.js";
writeFileSync("previews-loaded", "");
previews(PlainMailer, { hello: { "a sample": ["ann@example.com", "Ann"] } });
`;
/** Stands for a browser, by whatever way one is called. */
const BROWSER = `#!/bin/sh
echo "$1" > opened.part && mv opened.part opened
`;

const TS_MAILER = `import { Mailer, mailer, StopMail } from "delayed-mailer";
class PlainActions extends Mailer {
  hello(email: string, name: string) {
    return this.mail({ to: email, subject: "Hello " + name, locals: { name } });
  }
  stopped() {
    if (Date.now() > 0) throw new StopMail("nobody is there");
    return this.mail({});
  }
}
export const PlainMailer = mailer(PlainActions, { name: "PlainMailer" });
`;
const STRICT = `import type { App, DelayOptions, Settings } from "delayed-mailer";
import { configure, deliverAllLater, Job, Mailer, mailer, openApp, Queue, runWorker, schedule } from "delayed-mailer";
class StrictActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "x" });
  }
}
export const StrictMailer = mailer(StrictActions, { name: "StrictMailer" });
export async function use(options: DelayOptions, settings: Settings): Promise<App> {
  configure(settings);
  await deliverAllLater([StrictMailer.hello("a@b.c")]);
  await StrictMailer.delay(options).hello("a@b.c");
  schedule("weekly", "0 9 * * 1", {}, () => StrictMailer.hello("a@b.c"));
  await runWorker();
  return (await Job.failed().count()) > 0 || (await Queue.all()).length > 0 ? openApp() : openApp();
}
`;

const FOUR_LINES = `import { Mailer, mailer, Job, close } from "delayed-mailer";
class Actions extends Mailer { hello(to) { return this.mail({ to, subject: "Hello" }); } }
const HelloMailer = mailer(Actions, { name: "HelloMailer" });
await HelloMailer.delay().hello("ann@example.com");
console.log("stored", await Job.all().count());
await close();
`;

/** A tenth of the 799 files that were loaded before what sends mails was loaded at its first use. */
const FEW = 80;
/** What only sends mails, works jobs off, or serves the command line. */
const LATER = ["cheerio", "cli-progress", "csv-parse", "handlebars", "html-to-text", "juice", "mongoose"];
const LATER_TOO = ["nodemailer", "open", "pino", "pino-pretty"];
const PROBE = new URL("./support/loaded-modules.js", import.meta.url).pathname;

let project = "";
/** With the dependencies that npm would install, and no others: no mongoose, and no types but those of Node. */
let lean = "";

/** An empty project with the packed package in it, and the dependencies this repository has. */
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), "delayed-mailer-package-"));
  await run("npm", ["run", "build"], { cwd: ROOT });
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", project], { cwd: ROOT });
  const [tarball = ""] = readdirSync(project);
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "delayed-mailer"), { recursive: true });
  await run("tar", [
    "-xzf",
    join(project, tarball),
    "--strip-components=1",
    "-C",
    join(modules, "delayed-mailer"),
  ]);
  lean = makeLeanProject(join(modules, "delayed-mailer"));
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => !each.startsWith(".")))
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  mkdirSync(join(modules, ".bin"));
  symlinkSync("../delayed-mailer/dist/cli.js", join(modules, ".bin", "delayed-mailer"));
  write("package.json", '{ "type": "module" }');
  write("mailers/plain-mailer.js", MAILER);
  write("mailers/plain-mailer.preview.js", PREVIEWS);
  write("templates/plain-mailer/hello.html.hbs", "<p>Hello {{name}}</p>");
  for (const name of ["open", "xdg-open", "browser"]) {
    write(`browser/${name}`, BROWSER);
    chmodSync(join(project, "browser", name), 0o755);
  }
}, 300_000);

afterAll(() => {
  rmSync(project, { recursive: true, force: true });
  rmSync(lean, { recursive: true, force: true });
});

function makeLeanProject(packed: string): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-lean-"));
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@types"), { recursive: true });
  cpSync(packed, join(modules, "delayed-mailer"), { recursive: true });
  const { dependencies = {} } = packageJson();
  const driver = hasNodeSqlite() ? [] : ["better-sqlite3"];
  for (const name of [...Object.keys(dependencies), ...driver, "zod", "@types/node"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return folder;
}

interface PackageJson {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function packageJson(): PackageJson {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as PackageJson;
}

/** The store that is chosen, and its driver. */
const STORE = /dist\/stores\/|better-sqlite3|node_modules\/(?:bindings|file-uri-to-path)\//;

/**
 * The files that a program loads, by package. zod is left out, because the application has it anyway, and the store that is chosen with
 * its driver, because storing is what the program is there for.
 */
async function loadedBy(program: string): Promise<ReadonlyMap<string, number>> {
  writeFileSync(join(project, "program.js"), program);
  const env = { PATH: process.env.PATH, DELAYED_MAILER_SQLITE: ":memory:", MAIL_FROM: "shop@example.com" };
  const { stdout } = await run("node", ["--import", PROBE, "program.js"], { cwd: project, env });
  const files = JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]") as readonly string[];
  const packages = new Map<string, number>();
  for (const file of files) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    if (name && name !== "zod" && !STORE.test(file)) packages.set(name, (packages.get(name) ?? 0) + 1);
  }
  return packages;
}

const total = (packages: ReadonlyMap<string, number>) =>
  [...packages.values()].reduce((sum, count) => sum + count, 0);

async function storedBy(script: string): Promise<string> {
  const env = { PATH: process.env.PATH, DELAYED_MAILER_SQLITE: ":memory:", MAIL_FROM: "shop@example.com" };
  const { stdout } = await run("node", [script], { cwd: lean, env });
  return stdout.trim();
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

const mails = () =>
  readdirSync(join(project, ".delayed-mailer/inbox")).filter((name) => name.endsWith(".eml"));

/** The command as a user's shell would find it. */
async function command(...args: string[]): Promise<string> {
  const PATH = `${join(project, "browser")}:${process.env.PATH}`;
  const env = { PATH, BROWSER: join(project, "browser", "browser"), MAIL_FROM: "shop@example.com" };
  const { stdout } = await run("node", ["node_modules/.bin/delayed-mailer", ...args], { cwd: project, env });
  return stdout;
}

/** Runs the command without the package better-sqlite3, or with one that was not built. @returns how it ended */
async function withoutBetterSqlite3(
  isThere: boolean,
): Promise<{ readonly code: number; readonly err: string }> {
  const path = join(project, "node_modules/better-sqlite3");
  rmSync(path);
  try {
    if (isThere)
      cpSync(join(ROOT, "node_modules/better-sqlite3"), path, { recursive: true, filter: isNotBuilt });
    return await command("jobs", "list").then(
      () => ({ code: 0, err: "" }),
      (error: { code: number; stderr: string }) => ({ code: error.code, err: error.stderr }),
    );
  } finally {
    rmSync(path, { recursive: true, force: true });
    symlinkSync(join(ROOT, "node_modules/better-sqlite3"), path);
  }
}

/** Has Node say that it does not read TypeScript: by its own flag, or as if it had one. */
function withoutTypes(): readonly string[] {
  const flag = ["strip-types", "experimental-strip-types"].find((name) =>
    process.allowedNodeEnvironmentFlags.has(`--${name}`),
  );
  if (flag !== undefined) return [`--no-${flag}`];
  const feature = 'Object.defineProperty(process.features, "typescript", { value: false })';
  return ["--import", `data:text/javascript,${feature}`];
}

const isNotBuilt = (path: string) => !path.endsWith("/build");

describe("the package, in an empty project", () => {
  it("brings nothing that has to be compiled", () => {
    const text = readFileSync(join(project, "node_modules/delayed-mailer/package.json"), "utf8");
    const { dependencies, optionalDependencies = {} } = JSON.parse(text) as Record<string, object>;
    const all = Object.keys({ ...dependencies, ...optionalDependencies });
    const scripts = all.filter((name) => {
      const own = JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8"));
      return own.scripts?.install ?? own.scripts?.preinstall ?? own.scripts?.postinstall;
    });
    expect(scripts).toEqual([]);
  });

  it("keeps jobs in SQLite without better-sqlite3", async ({ skip }) => {
    skip(!hasNodeSqlite(), `Node ${process.versions.node} has no node:sqlite without a flag`);
    expect(await withoutBetterSqlite3(false)).toEqual({ code: 0, err: "" });
  });

  it("says in one line what is missing where Node has no SQLite, and the ways out", async ({ skip }) => {
    skip(hasNodeSqlite(), `Node ${process.versions.node} has SQLite: nothing is missing`);
    const waysOut = "or use Node 22.13 or newer, which brings SQLite itself, or set MONGODB_URI.";
    const missing = await withoutBetterSqlite3(false);
    expect(missing.code).toBe(1);
    expect(missing.err).toBe(
      `On Node ${process.versions.node} the embedded store needs the package better-sqlite3: npm install better-sqlite3@12, ${waysOut}\n`,
    );
    const unbuilt = await withoutBetterSqlite3(true);
    expect(unbuilt.code).toBe(1);
    expect(unbuilt.err).toMatch(
      /^The package better-sqlite3 is installed, but not built for Node .*npm rebuild.*\n$/,
    );
  });

  it("is put together as others expect", async () => {
    const { messages, pkg } = await publint({
      pkgDir: join(project, "node_modules/delayed-mailer"),
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  it("holds its docs, samples and sources, to which source maps lead, and no tests", () => {
    const files = readdirSync(join(project, "node_modules/delayed-mailer"));
    expect(files.toSorted()).toEqual([
      ...["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "dist", "docs", "mailers"],
      ...["package.json", "src", "starter", "templates", "workers"],
    ]);
    const dist = join(project, "node_modules/delayed-mailer/dist");
    const lost = readdirSync(dist, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".map"))
      .filter((name) => {
        const { sources } = JSON.parse(readFileSync(join(dist, name), "utf8")) as { sources: string[] };
        return !sources.every((source) => existsSync(join(dist, dirname(name), source)));
      });
    expect(lost).toEqual([]);
  });

  it("says which version it is", () => {
    expect(VERSION).toBe(packageJson().version);
  });

  it("gives types to every way of resolving modules that can load it", async () => {
    const attw = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const [tarball = ""] = readdirSync(project).filter((name) => name.endsWith(".tgz"));
    // It has no CommonJS build, because require() of Node 20.19 and later takes ESM.
    await run("node", [
      attw,
      join(project, tarball),
      "--profile",
      "esm-only",
      "--format",
      "ascii",
      "--no-emoji",
    ]);
  });

  it("loads less than a tenth of itself into a program that only stores calls", async () => {
    const packages = await loadedBy(FOUR_LINES);
    expect(total(packages)).toBeLessThan(FEW);
    expect([...LATER, ...LATER_TOO].filter((name) => packages.has(name))).toEqual([]);
    expect(packages.get("delayed-mailer")).toBeGreaterThan(20);
  });

  it("loads the rest when a mail is sent", async () => {
    const delivering = FOUR_LINES.replace(
      'delay().hello("ann@example.com")',
      'hello("ann@example.com").deliver().catch(() => undefined)',
    );
    const packages = await loadedBy(delivering);
    expect(packages.has("handlebars") && packages.has("nodemailer")).toBe(true);
    expect(total(packages)).toBeGreaterThan(300);
  });

  it.each([
    ["bundled", {}],
    ["bundled and minified", { minify: true }],
    ["beside the bundle of a framework that leaves packages outside", { packages: "external" }],
  ] as const)("stores a job on SQLite %s", async (_, options) => {
    writeFileSync(join(lean, "consumer.js"), FOUR_LINES);
    await build({
      entryPoints: [join(lean, "consumer.js")],
      outfile: join(lean, "bundle.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
      // Native modules are never bundled, and mongoose is not even there.
      external: ["better-sqlite3", "mongoose"],
      banner: {
        js: 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
      },
      ...options,
    });
    expect(await storedBy("bundle.mjs")).toBe("stored 1");
  });

  it.each(["module", "commonjs"])(
    "reads mailers in TypeScript with the project's tsx, in a project of type %s",
    async (type) => {
      const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-tsx-"));
      try {
        cpSync(lean, folder, { recursive: true, verbatimSymlinks: true });
        symlinkSync(join(ROOT, "node_modules/tsx"), join(folder, "node_modules/tsx"));
        writeFileSync(join(folder, "package.json"), JSON.stringify({ type }));
        mkdirSync(join(folder, "mailers"));
        mkdirSync(join(folder, "templates/plain-mailer"), { recursive: true });
        writeFileSync(join(folder, "mailers/plain-mailer.ts"), TS_MAILER);
        writeFileSync(join(folder, "templates/plain-mailer/hello.html.hbs"), "<p>Hello {{name}}</p>");
        const cli = (...args: string[]) =>
          run("node", ["node_modules/delayed-mailer/dist/cli.js", ...args], {
            cwd: folder,
            env: { PATH: process.env.PATH, MAIL_FROM: "shop@example.com" },
          });
        expect((await cli("send", "PlainMailer.hello", '["ann@example.com", "Ann"]')).stdout).toContain(
          "Sent <",
        );
        await cli("send", "PlainMailer.hello", '["bob@example.com", "Bob"]', "--delay");
        // What it throws means the same in the worker, which may be another copy of the library.
        await cli("send", "PlainMailer.stopped", "[]", "--delay");
        await cli("worker", "--exit-on-complete");
        expect((await cli("jobs", "list")).stdout).toContain("No jobs.");
        const sent = readdirSync(join(folder, ".delayed-mailer/inbox")).filter((name) =>
          name.endsWith(".eml"),
        );
        expect(sent).toHaveLength(2);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it("is used from CommonJS by require()", async () => {
    const [imports = "", ...rest] = FOUR_LINES.split("\n");
    const required = imports.replace("import", "const").replace("from", "= require(").replace(";", ");");
    writeFileSync(join(lean, "consumer.cjs"), `${required}\n(async () => {${rest.join("\n")}})();`);
    expect(await storedBy("consumer.cjs")).toBe("stored 1");
  });

  it("needs no mongoose where jobs are kept in SQLite, and says what to install where they are not", async () => {
    expect(existsSync(join(lean, "node_modules/mongoose"))).toBe(false);
    writeFileSync(join(lean, "program.js"), FOUR_LINES);
    expect(await storedBy("program.js")).toBe("stored 1");
    const env = {
      PATH: process.env.PATH,
      MONGODB_URI: "mongodb://127.0.0.1:1/x",
      MAIL_FROM: "a@example.com",
    };
    const failing = run("node", ["program.js"], { cwd: lean, env });
    await expect(failing).rejects.toThrow(/mongoose is not installed.*npm install mongoose/s);
  });

  it("has types that need nothing but what npm installs, checked as strictly as can be", async () => {
    writeFileSync(join(lean, "strict.mts"), STRICT);
    writeFileSync(join(lean, "strict.cts"), STRICT);
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--module", "nodenext"];
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const files = ["strict.mts", "strict.cts"];
    await run("node", [tsc, ...flags, "--target", "es2023", "--types", "node", ...files], { cwd: lean });
  }, 300_000);

  it("sends inline, and later by its worker, from plain JavaScript, in the folder it is started in (DJ-148, DJ-151)", async () => {
    expect(await command("send", "PlainMailer.hello", '["ann@example.com", "Ann"]')).toContain("Sent <");
    expect(await command("send", "PlainMailer.hello", '["bob@example.com", "Bob"]', "--delay")).toContain(
      "Stored as job",
    );
    expect(mails()).toHaveLength(1);
    await command("worker", "--exit-on-complete");
    expect(mails()).toHaveLength(2);
    expect(await command("jobs", "list")).toContain("No jobs.");
    expect(existsSync(join(project, "previews-loaded"))).toBe(false);
  });

  it("names tsx where Node reads TypeScript only with a flag, as 22.12 does", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "delayed-mailer-types-"));
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
    mkdirSync(join(elsewhere, "mailers"));
    writeFileSync(join(elsewhere, "mailers/typed-mailer.ts"), "export const name: string = 'typed';");
    const args = [...withoutTypes(), join(project, "node_modules/.bin/delayed-mailer")];
    const ran = run("node", [...args, "send", "TypedMailer.hello", "[]"], { cwd: elsewhere });
    await expect(ran).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/typed-mailer\.ts.*it is TypeScript: install tsx /),
    });
  });

  it("previews a mail from a sample, and shows it in the browser", async () => {
    const before = mails().length;
    expect(await command("preview", "PlainMailer.hello", "--open")).toContain("One mail written");
    const opened = join(project, "opened");
    await eventually("the browser is called", () => existsSync(opened));
    const path = readFileSync(opened, "utf8").trim();
    expect(path).toBe(
      join(realpathSync(project), ".delayed-mailer/previews/PlainMailer.hello/a sample/en/mail.html"),
    );
    expect(readFileSync(path, "utf8")).toBe("\ufeff<p>Hello Ann</p>");
    expect(mails()).toHaveLength(before);
  });

  it("brings the contract of a transport, for outside ones", async () => {
    write("contract.test.js", CONTRACT);
    const { stdout } = await run("node", ["--test", "contract.test.js"], { cwd: project });
    expect(stdout).toMatch(/pass 14\b/);
  });

  it("brings a test kit that works under node:test", async () => {
    write("kit.test.js", KIT);
    const { stdout } = await run("node", ["--test", "kit.test.js"], { cwd: project, timeout: 180_000 });
    expect(stdout).toMatch(/pass 1\b/);
  });

  it("has types that a strict project compiles against", async () => {
    write("consumer.ts", CONSUMER);
    write("kit.ts", KIT_TYPES);
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
    await run("node", [join(ROOT, "node_modules/typescript/bin/tsc"), ...flags, "consumer.ts", "kit.ts"], {
      cwd: project,
    });
    // It checks mongoose's types too, which takes a machine that does other things long.
  }, 300_000);

  const KINDS = [
    ["JavaScript, ES modules", { type: "module" }, "js"],
    ["JavaScript, CommonJS", {}, "js"],
    ["TypeScript, ES modules", { type: "module", devDependencies: { typescript: "*", tsx: "*" } }, "ts"],
    ["TypeScript, CommonJS", { devDependencies: { typescript: "*", tsx: "*" } }, "ts"],
  ] as const;

  it.each(KINDS)(
    "begins with init in %s: a mail now, one by the worker, and a test",
    async (kind, manifest, ending) => {
      const cwd = mkdtempSync(join(project, "init-"));
      writeFileSync(join(cwd, "package.json"), JSON.stringify({ name: "my-shop", ...manifest }));
      symlinkSync(join(project, "node_modules"), join(cwd, "node_modules"));
      const bin = join(cwd, "node_modules/.bin/delayed-mailer");
      const call = async (...words: string[]) => (await run("node", words, { cwd, timeout: 180_000 })).stdout;
      const args = '["ada@example.com", "Ada"]';
      expect(await call(bin, "init")).toContain(`My Shop: ${kind}`);
      expect(await call(bin, "send", "UserMailer.sendRegistrationMail", args)).toContain("Sent <");
      await call(bin, "send", "UserMailer.sendRegistrationMail", args, "--delay");
      const loader = ending === "ts" ? ["--import", "tsx"] : [];
      await call(...loader, `workers/mail-worker.${ending}`, "--exit-on-complete");
      expect(readdirSync(join(cwd, ".delayed-mailer/inbox"))).toHaveLength(2);
      expect(await call(bin, "check", "--json")).not.toContain("large providers");
      expect(await call(...loader, "--test", `test/user-mailer.test.${ending}`)).toMatch(/pass 2\b/);
    },
  );
});
