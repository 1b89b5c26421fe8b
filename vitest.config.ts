import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
    globalSetup: "./test/support/global-setup.ts",
    setupFiles: "./test/support/clean-environment.ts",
    // Journeys start several processes, which takes its time where others use the machine too.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // Of the tests' database only: see test/support/mongo-database.ts.
    retry: { count: 1, condition: /MongoDB server of the tests no longer answered/ },
  },
});
