import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { main } from "../../src/cli/main.ts";
import { useCli } from "../support/cli.ts";

const { cli, folder } = useCli();

function terminalOf({ isTTY }: { readonly isTTY: boolean }) {
  return { in: Object.assign(new PassThrough(), { isTTY }), out: new PassThrough(), err: new PassThrough() };
}

async function piped(...lines: readonly string[]) {
  const terminal = terminalOf({ isTTY: false });
  terminal.in.end(lines.map((line) => `${line}\n`).join(""));
  const code = await main(["console", "--mailers", join(folder(), "mailers")], terminal);
  return { code, out: String(terminal.out.read() ?? ""), err: String(terminal.err.read() ?? "") };
}

/** @returns under which name the job is exported */
function withJob(): string {
  const index = pathToFileURL(resolve("src/index.ts")).href;
  const name = `Broken${Math.random().toString(36).slice(2)}`;
  writeFileSync(
    join(folder(), "mailers", "jobs.mjs"),
    `import { delayable, job } from "${index}";
     class Ledger${name} { static async close() {} async settle() {} }
     delayable(Ledger${name}, { name: "Ledger${name}", idOf: () => 1, find: async () => new Ledger${name}() });
     export const ${name} = job("${name}", { maxAttempts: 1, perform() { throw new Error("no luck"); } });`,
  );
  return name;
}

describe("delayed-mailer console", () => {
  it("has the application's jobs and records and the library's classes, and awaits each line before the next", async () => {
    const job = withJob();
    const { code, out, err } = await piped(
      `const stored1 = await ${job}.delay().perform()`,
      "await new Promise((resolve) => setTimeout(resolve, 50)); await Job.ready().count()",
      "(await app.worker().workOff()).failed",
      "const failed1 = await Job.failed().last()",
      "failed1.id === stored1.id",
      "failed1.lastError.split('\\n')[0]",
      "await failed1.retry()",
      "(await Queue.named('default').status()).ready",
      "[typeof Newsletter, typeof Batch, typeof batch, typeof delayAll, typeof erase].join()",
      `typeof Ledger${job}`,
    );
    expect(err).toBe("");
    expect(out.trim().split("\n")).toEqual([
      ...["1", "1", "true", "'Error: no luck'", "1"],
      ...["'object,function,function,function,function'", "'function'"],
    ]);
    expect(code).toBe(0);
  });

  it("takes statements that stand on several lines, and comments between them", async () => {
    const lines = ["// look", "", "[1,", "2].length", "Job.failed()", "  // all", "  .count()"];
    const branches = ["if (0 > 1) {", "  'more'", "}", "else {", "  'less'", "}"];
    const answer = await piped(...lines, ...branches, "`two", "", "lines`");
    expect(answer).toEqual({ code: 0, err: "", out: "2\n0\n'less'\n'two\\n\\nlines'\n" });
  });

  it("waits for a promise that is not awaited, and takes objects of the application's own classes", async () => {
    const answer = await piped("Job.failed().count()", "new Date(0) instanceof Date", "null");
    expect(answer).toEqual({ code: 0, err: "", out: "0\ntrue\nnull\n" });
  });

  it.each([
    ["thrown", "throw new Error('gone')", "Uncaught Error: gone"],
    ["rejected", "await Promise.reject(new Error('gone'))", "Uncaught Error: gone"],
    ["rejected and not awaited", "Promise.reject(new Error('gone'))", "Uncaught Error: gone"],
    ["no JavaScript", "1 +* 2", "SyntaxError"],
    ["not whole", "[1,", "Unexpected end of input"],
    [
      "thrown later",
      "setTimeout(() => { throw new Error('gone') }); await new Promise(() => {})",
      "Error: gone",
    ],
  ])("ends with 1 at the first error, and says in which line: %s", async (_, line, problem) => {
    const { code, out, err } = await piped("'before'", "", line, ...(line === "[1," ? [] : ["'after'"]));
    expect({ code, out }).toEqual({ code: 1, out: "'before'\n" });
    expect(err).toMatch(/^Line 3: /);
    expect(err).toContain(problem);
  });

  it("answers who types, and keeps the history", async () => {
    const history = join(folder(), "history");
    vi.stubEnv("NODE_REPL_HISTORY", history);
    const terminal = terminalOf({ isTTY: true });
    const ended = main(["console", "--mailers", join(folder(), "mailers")], terminal);
    let shown = "";
    terminal.out.on("data", (text) => (shown += String(text)));
    await vi.waitFor(() => expect(shown).toContain("delayed-mailer> "), 10_000);
    terminal.in.write("await Job.failed().count() + 41\n");
    await vi.waitFor(() => expect(shown).toMatch(/^\W*41\W*$/m), 10_000);
    await vi.waitFor(() => expect(readFileSync(history, "utf8")).toContain("count() + 41"), 10_000);
    terminal.in.write(".exit\n");
    expect(await ended).toBe(0);
    expect(shown).toContain("Jobs are kept in ");
  });

  it("takes no arguments", async () => {
    const { code, err } = await cli("console", "Job");
    expect([code, err]).toEqual([2, expect.stringContaining("console takes no arguments")]);
  });
});
