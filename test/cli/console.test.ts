import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { main } from "../../src/cli/main.ts";
import { useCli } from "../support/cli.ts";

const { cli, folder } = useCli();

async function piped(...lines: readonly string[]) {
  const [input, out, err] = [new PassThrough(), new PassThrough(), new PassThrough()];
  input.end(lines.map((line) => `${line}\n`).join(""));
  const code = await main(["console", "--mailers", join(folder(), "mailers")], { in: input, out, err });
  return { code, out: String(out.read() ?? "") };
}

function withJob(): void {
  const index = pathToFileURL(resolve("src/index.ts")).href;
  const name = `console.${Math.random()}`;
  writeFileSync(
    join(folder(), "mailers", "jobs.mjs"),
    `import { job } from "${index}";
     export const Broken = job("${name}", { maxAttempts: 1, perform() { throw new Error("no luck"); } });`,
  );
}

describe("delayed-mailer console", () => {
  it("performs what is piped in, with await, the application's jobs and the library's classes", async () => {
    withJob();
    const { code, out } = await piped(
      "const stored = await Broken.delay().perform()",
      "await Job.ready().count()",
      "(await app.worker().workOff()).failed",
      "const failed = await Job.failed().last()",
      "failed.id === stored.id",
      "failed.lastError.split('\\n')[0]",
      "await failed.retry()",
      "(await Queue.named('default').status()).ready",
      "[typeof Newsletter, typeof Batch, typeof batch, typeof delayAll, typeof erase].join()",
    );
    expect(out.trim().split("\n")).toEqual([
      ...["1", "1", "true", "'Error: no luck'", "1"],
      "'function,function,function,function,function'",
    ]);
    expect(code).toBe(0);
  });

  it("takes what stands on several lines, and ends with 1 where something was thrown", async () => {
    expect(await piped("[1,", "2].length")).toEqual({ code: 0, out: "2\n" });
    const { code, out } = await piped("await Promise.reject(new Error('gone'))", "1 + 1");
    expect(code).toBe(1);
    expect(out).toContain("gone");
    expect(out).toContain("2\n");
  });

  it("takes no arguments", async () => {
    const { code, err } = await cli("console", "Job");
    expect([code, err]).toEqual([2, expect.stringContaining("console takes no arguments")]);
  });
});
