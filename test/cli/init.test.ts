import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nextCommands, storeNote } from "../../src/cli/init/next-commands.ts";
import { projectAt } from "../../src/cli/init/project.ts";
import { starterFiles } from "../../src/cli/init/starter-files.ts";
import { main } from "../../src/cli/main.ts";
import { hasNodeSqlite } from "../../src/stores/sqlite/node-sqlite.ts";

const before = process.cwd();
let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "delayed-mailer-init-")));
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

async function init(...args: readonly string[]) {
  process.chdir(folder);
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await main(["init", ...args], { out, err });
  return { code, out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}

const read = (path: string) => readFileSync(join(folder, path), "utf8");
const files = () => readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();

const MANIFEST =
  '{\n\t"name": "@acme/my-shop",\n\t"type": "module",\n\t"scripts": { "mail": "echo mine" }\n}\n';

describe("delayed-mailer init", () => {
  it("writes what a first mail needs, and says what to type next", async () => {
    write({ "package.json": MANIFEST, ".gitignore": "node_modules" });
    const { code, out } = await init();
    expect(code).toBe(0);
    expect(files()).toEqual(
      expect.arrayContaining([
        ".env.example",
        "mailers/application-mailer.js",
        "mailers/news-mailer.js",
        "mailers/news-mailer.preview.js",
        "mailers/user-mailer.js",
        "mailers/user-mailer.preview.js",
        "templates/layouts/application.html.hbs",
        "templates/news-mailer/weekly.html.hbs",
        "templates/user-mailer/send-registration-mail.html.hbs",
        "test/user-mailer.test.js",
        "workers/mail-worker.js",
      ]),
    );
    expect(read(".gitignore")).toBe("node_modules\n.delayed-mailer/\n");
    expect(out).toContain("My Shop: JavaScript, ES modules, tests by node:test");
    expect(out.split("Next, type:\n\n")[1]?.trimEnd().split("\n")).toEqual([
      `  npm install delayed-mailer zod${hasNodeSqlite() ? "" : " && npm install better-sqlite3@12"}`,
      `  npx delayed-mailer send UserMailer.sendRegistrationMail '["ada@example.com", "Ada"]'`,
      "  npm run worker",
    ]);
  });

  it.each([
    ["npm", {}, "npm install better-sqlite3@12"],
    ["pnpm", {}, "pnpm add --allow-build=better-sqlite3 better-sqlite3@12"],
    ["npm", { mongoose: "9" }, undefined],
    ["npm", { "better-sqlite3": "12" }, undefined],
  ])("names SQLite's package where Node has none: %s, %j", (manager, more, says) => {
    const dependencies = { "delayed-mailer": "1", zod: "4", ...more };
    write({
      "package.json": JSON.stringify({ type: "module", packageManager: `${manager}@10`, dependencies }),
    });
    const project = projectAt(folder);
    expect(nextCommands(project, true)[0]).toContain("preview --open");
    expect(nextCommands(project, false)[0]).toEqual(says ?? expect.stringContaining("preview --open"));
  });

  it.each([
    [true, "Without it they are kept in .delayed-mailer/store.sqlite."],
    [false, "Without it this Node needs SQLite: npm install better-sqlite3@12."],
  ])(
    "says where calls are kept in a project with mongoose, and what else that takes (Node has SQLite: %j)",
    (hasSqlite, without) => {
      write({ "package.json": JSON.stringify({ dependencies: { mongoose: "9" } }) });
      const project = projectAt(folder);
      const note = storeNote(project, hasSqlite) ?? "";
      expect(note.split("\n")).toEqual([
        "Delayed mails wait in MongoDB: copy .env.example to .env, and set MONGODB_URI there.",
        without,
      ]);
      write({ "package.json": "{}" });
      expect(storeNote(projectAt(folder), hasSqlite)).toBeUndefined();
    },
  );

  it("leaves scripts, files and their looks as they are, and has nothing to do the second time", async () => {
    write({
      "package.json": MANIFEST,
      "mailers/user-mailer.cjs": "mine",
      "templates/layouts/email.css": "mine",
    });
    const first = await init();
    expect(first.out).toContain("skipped  mailers/user-mailer.js: there is mailers/user-mailer.cjs");
    expect(first.out).toContain("skipped  templates/layouts/email.css: it is there");
    expect(read("templates/layouts/email.css")).toBe("mine");
    expect(read("package.json")).toContain(
      '\n\t\t"mail": "echo mine",\n\t\t"worker": "node workers/mail-worker.js"\n',
    );
    const state = files().map((path) => [path, path.includes(".") ? read(path) : ""]);
    const second = await init();
    expect(second.out).not.toMatch(/^ {2}(wrote|changed)/m);
    expect(files().map((path) => [path, path.includes(".") ? read(path) : ""])).toEqual(state);
  });

  it("writes nothing with --dry-run", async () => {
    write({ "package.json": MANIFEST });
    expect((await init("--dry-run")).out).toContain("new      mailers/user-mailer.js");
    expect(files()).toEqual(["package.json"]);
  });

  it("finds the project above the folder it is started in", async () => {
    write({ "package.json": MANIFEST, "src/deep/x.js": "" });
    expect(projectAt(join(folder, "src/deep")).root).toBe(folder);
  });

  it.each([
    [{ "package.json": "{ oops" }, "package.json cannot be read"],
    [{ "readme.md": "" }, "There is no package.json"],
  ])("refuses what is no project in one line: %j", async (given, says) => {
    write(given);
    const { code, err } = await init();
    expect(err).toContain(says);
    expect(err.trimEnd()).not.toContain("\n");
    expect(code).toBe(2);
  });

  it.each([
    ["vitest", { vitest: "4" }, 'from "vitest"'],
    ["jest", { jest: "30" }, "// Jest reads ES modules with NODE_OPTIONS=--experimental-vm-modules."],
    ["node:test", {}, 'from "node:test"'],
  ])("writes the test for %s", (testRunner, devDependencies, says) => {
    write({ "package.json": JSON.stringify({ type: "module", devDependencies }) });
    const project = projectAt(folder);
    expect(project.testRunner).toBe(testRunner);
    expect(starterFiles(project).find(({ path }) => path === "test/user-mailer.test.js")?.content).toContain(
      says,
    );
  });

  it.each([
    ["ES modules", { type: "module" }, "{}", '"./application-mailer.js"'],
    [
      "ES modules that name .ts",
      { type: "module" },
      '{ "allowImportingTsExtensions": true }',
      '"./application-mailer.ts"',
    ],
    ["CommonJS", {}, "{}", '"./application-mailer"'],
  ])("imports as TypeScript has to in %s", (_, manifest, tsconfig, says) => {
    write({ "package.json": JSON.stringify(manifest), "tsconfig.json": tsconfig });
    const mailer = starterFiles(projectAt(folder)).find(({ path }) => path === "mailers/user-mailer.ts");
    expect(mailer?.content).toContain(`from ${says};`);
  });

  it("connects mongoose in the worker where the project has it", () => {
    write({ "package.json": JSON.stringify({ dependencies: { mongoose: "9" } }) });
    const all = starterFiles(projectAt(folder));
    const worker = all.filter(({ path }) => path.startsWith("workers"));
    expect(worker.map(({ path }) => path)).toEqual(["workers/mail-worker.js"]);
    expect(worker[0]?.content).toContain("await mongoose.connect(process.env.MONGODB_URI)");
    expect(all.find(({ path }) => path === ".env.example")?.content).toMatch(/^MONGODB_URI=/m);
  });
});
