import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { report } from "../../stress/report.ts";
import { stress } from "../../stress/stress.ts";

/** `npm run stress` for some seconds: minutes of it are for people. The seeds are ones that kill, stop and cut soon. */
const RUNS = [
  { store: "sqlite", seed: 4, retention: 0 },
  { store: "mongo", seed: 5, retention: 600_000 },
] as const;

it.each(RUNS)(
  "every promise is kept while workers are killed, stopped and cut off: $store",
  async (run) => {
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-stress-"));
    const controller = new AbortController();
    onTestFinished(() => {
      controller.abort();
      rmSync(folder, { recursive: true, force: true });
    });
    const said: string[] = [];
    const result = await stress({
      ...{ ...run, folder, ms: 12_000, workers: 3, everyMs: 700, perSecond: 10 },
      leaseMs: 2_000,
      workerFlags: ["--lease", "2", "--concurrency", "8", "--sleep-delay", "300ms", "--grace", "1"],
      say: (line) => said.push(line),
      interrupt: controller.signal,
    });
    const broken = result.verdicts.filter((verdict) => verdict.broken.length > 0);
    expect(broken, [...said, ...report(result)].join("\n")).toEqual([]);
    expect(result.counts["jobs done"]).toBeGreaterThan(20);
    expect(result.counts["mails of newsletters that the server took"]).toBeGreaterThan(20);
    expect(result.faults.size).toBeGreaterThan(2);
  },
  300_000,
);
