import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { Events } from "../../../src/events.ts";
import { Journals } from "../../../src/newsletters/journal/journals.ts";
import { bundle } from "../../support/bundle.ts";

it("a journal for which there is no room keeps what is whole, says that it has gaps, and tells of it once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "full-disk-"));
  const { folder: scripts, close } = bundle(
    [new URL("./fixture/full-disk.ts", import.meta.url).pathname],
    "full-disk-",
  );
  onTestFinished(() => {
    close();
    rmSync(folder, { recursive: true, force: true });
  });
  // Files of one block, which is 512 bytes or 1,024; node is not ended by the signal that comes with it.
  const command = `ulimit -f 1; exec "${process.execPath}" "${join(scripts, "full-disk.js")}" "${folder}"`;
  const { stdout } = await promisify(execFile)("sh", ["-c", command]);
  expect(stdout).toBe("writing\n");
  const [left] = await new Journals({ folder, events: new Events() }).left("b:000000");
  expect(left).toMatchObject({ hasGaps: true, isWhole: false });
  expect(left?.damage).toBeUndefined();
  expect(left?.marks.size).toBeGreaterThan(5);
  expect(left?.marks.size).toBeLessThan(100);
  expect(statSync(join(folder, readdirSync(folder)[0] ?? "")).size).toBeLessThanOrEqual(1024);
});
