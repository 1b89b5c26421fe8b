import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LeftOutReporter } from "./test/support/left-out-reporter.ts";
import { LongestFirst } from "./test/support/longest-first.ts";

/** How the time of readers grows is measured when the rest has ended. */
const MEASURED = "test/**/linear-*.test.ts";

const typecheck = { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" };

export default defineConfig({
  test: {
    globalSetup: "./test/support/global-setup.ts",
    setupFiles: "./test/support/clean-environment.ts",
    reporters: ["default", new LeftOutReporter()],
    // Journeys start several processes, which takes its time where others use the machine too.
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // A second, which is usual, is less than a busy machine may take for anything.
    expect: { poll: { interval: 20, timeout: 120_000 } },
    // Half of the suite waits: for processes that start, leases that run out, servers that are away.
    maxWorkers: Math.min(8, availableParallelism() * 2),
    // What passes at the second try alone is named at the end of the run, with the error of the first: it is to be looked into, and hides nothing else.
    retry: 1,
    projects: [
      {
        extends: true,
        test: {
          name: "suite",
          include: ["test/**/*.test.ts"],
          exclude: [MEASURED],
          typecheck,
          sequence: { groupOrder: 0, sequencer: LongestFirst },
        },
      },
      {
        extends: true,
        test: {
          name: "measured",
          include: [MEASURED],
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
