import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { useBundled } from "../support/bundled.ts";
import { eventually } from "../support/eventually.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

const fileOf = useBundled(["src/cli.ts", "src/index.ts"], "cli-jobs-");

const JOBS = (library: string) => `
import { job } from ${JSON.stringify(library)};

export const Endless = job("Endless", {
  async perform({ signal, log }) {
    log.info("it has begun");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    signal.throwIfAborted();
  },
});
`;

type StoreEnvironment = () => Promise<NodeJS.ProcessEnv>;

const STORES: readonly (readonly [string, StoreEnvironment])[] = [
  ["SQLite", async () => ({ DELAYED_MAILER_SQLITE: "store.sqlite" })],
  ["MongoDB", async () => ({ MONGODB_URI: await newMongoDatabase() })],
];

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** An application of one job, and its command line in processes of their own. */
async function project(store: StoreEnvironment) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-process-jobs-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ["jobs", "mailers"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "jobs/endless.mjs"), JOBS(pathToFileURL(fileOf("index")).href));
  const env = { ...process.env, ...(await store()) };
  const start = (...args: readonly string[]) =>
    spawn(process.execPath, [fileOf("cli"), ...args], { cwd: folder, env });
  return {
    /** @param typed what is piped in */
    run: (args: readonly string[], typed = ""): Promise<Ended> => {
      const child = start(...args);
      child.stdin?.end(typed);
      return watched(child).ended;
    },
    begin: (...args: readonly string[]) => {
      const child = start(...args);
      onTestFinished(() => void child.kill("SIGKILL"));
      return { ...watched(child), interrupt: () => child.kill("SIGINT") };
    },
  };
}

function watched(child: ChildProcess): { readonly out: () => string; readonly ended: Promise<Ended> } {
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  return {
    out: () => out,
    ended: once(child, "close").then(([code]) => ({ code: code as number | null, out, err })),
  };
}

describe.each(STORES)("a process of delayed-mailer, with %s", (_, store) => {
  it("console takes expressions and statements, and prints their values", async () => {
    const { run } = await project(store);
    const typed = [
      "6 * 7",
      "const stored = await Endless.delay({ queue: 'slow' }).perform();",
      "(await Job.where({ queue: 'slow' }).list()).map(({ name, attempts }) => [name, attempts])",
    ];
    const { code, out, err } = await run(["console"], `${typed.join("\n")}\n`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^42\n/);
    expect(out).toContain("[ [ 'Endless', 0 ] ]");
  });

  it("console ends at the first error, with 1, and performs nothing after it", async () => {
    const { run } = await project(store);
    const { code, out, err } = await run(
      ["console"],
      "1 + 1\nawait Job.where({ queue: { $ne: 'x' } }).count()\n'after'\n",
    );
    expect(code).toBe(1);
    expect(out).toBe("2\n");
    expect(err).toContain("InvalidOptionsError");
  });

  it("jobs perform gives its job back at Ctrl-C, uncounted, and ends with 1", async () => {
    const { run, begin } = await project(store);
    const { out } = await run(["console"], "(await Endless.delay().perform()).id\n");
    const [, id = ""] = /'([0-9a-f]{24})'/.exec(out) ?? [];
    const performing = begin("jobs", "perform", id);
    await eventually("the job has begun", () => performing.out().includes("it has begun"));
    performing.interrupt();
    const { code, err } = await performing.ended;
    expect(err).toContain(`Job ${id} was interrupted, and waits for a worker.`);
    expect(code).toBe(1);
    const shown = JSON.parse((await run(["jobs", "show", id, "--json"])).out);
    expect(shown).toMatchObject({ state: "ready", attempts: 0 });
    expect(shown).not.toHaveProperty("lockToken");
  });
});
