import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { useBundled } from "../support/bundled.ts";
import { eventually } from "../support/eventually.ts";

const fileOf = useBundled(["src/cli.ts"], "cli-");

function project(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-process-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "mailers"));
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  return folder;
}

function start(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [fileOf("cli"), ...args], { cwd, env: { ...process.env, ...env } });
}

async function answerOf(child: ChildProcess): Promise<{ code: number; err: string }> {
  let err = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const [code] = (await once(child, "close")) as [number];
  return { code, err };
}

describe(".env", () => {
  const file =
    "DELAYED_MAILER_SQLITE=\"from-file.sqlite\"\n# a comment\nexport MAIL_FROM='Shop <shop@x.test>'\n";

  it("is read where the command is started, and what the environment says wins", async () => {
    const folder = project({ ".env": file });
    expect(await answerOf(start(folder, ["indexes"]))).toEqual({ code: 0, err: "" });
    expect(existsSync(join(folder, "from-file.sqlite"))).toBe(true);
    const env = { DELAYED_MAILER_SQLITE: "from-environment.sqlite" };
    expect(await answerOf(start(folder, ["indexes"], env))).toEqual({ code: 0, err: "" });
    expect(existsSync(join(folder, "from-environment.sqlite"))).toBe(true);
  });

  it.each([
    ['A=1\nMAIL_FROM="not closed\nB=2\n', "line 2"],
    ["A=1\n\nthis is nothing\n", "line 3"],
  ])("that is broken is told in one line: %j", async (text, line) => {
    const { code, err } = await answerOf(start(project({ ".env": text }), ["indexes"]));
    expect(err).toBe(`.env cannot be read: ${line} is not NAME=value, or its quote is not closed.\n`);
    expect(code).toBe(2);
  });
});

describe("a reader that has had enough", () => {
  it.each([[["--help"]], [["worker", "--help"]], [["jobs", "list", "--json"]]])(
    "ends %j quietly",
    async (args) => {
      const child = start(project(), args);
      child.stdout?.destroy();
      expect(await answerOf(child)).toEqual({ code: 0, err: "" });
    },
  );

  it("stops a worker in peace", async () => {
    const child = start(project(), ["worker", "--json"]);
    child.stdout?.destroy();
    expect(await answerOf(child)).toEqual({ code: 0, err: "" });
  });
});

it("a mailer with a syntax error is named in one line", async () => {
  const folder = project({ "mailers/broken-mailer.mjs": "const a = 1;\nexport const b = (;\n" });
  const { code, err } = await answerOf(start(folder, ["worker"]));
  expect(err).toMatch(/^mailers\/broken-mailer\.mjs cannot be loaded: SyntaxError: [^\n]+\n$/);
  expect(code).toBe(2);
});

it("a worker ends with the npm that ran it (npm run worker)", async ({ skip }) => {
  skip(!existsSync("/proc/self/environ"), "this system has no /proc, where a worker reads who started it");
  const script = [process.execPath, fileOf("cli"), "worker", "--log-dir", "log"].join(" ");
  const manifest = { name: "shop", scripts: { worker: `${script} & wait` } };
  const folder = project({ "package.json": JSON.stringify(manifest) });
  const npm = spawn("npm", ["run", "worker"], { cwd: folder, stdio: "ignore" });
  const log = () => {
    const path = join(folder, "log/delayed-mailer.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  await eventually("the worker works", () => log().includes("worker.started"));
  npm.kill("SIGKILL");
  await eventually("the worker has stopped", () => log().includes("worker.stopped"));
});
