import { describe, expect, it } from "vitest";
import { leftOut } from "./support/left-out-reporter.ts";

const skipped = (note: string | undefined) => ({
  fullName: "a test",
  result: () => ({ state: "skipped", note, errors: undefined }) as const,
});

describe("the end of a run", () => {
  it("says how many tests were left out, and why", () => {
    const lines = leftOut([skipped("no mongod"), skipped(undefined), skipped("no mongod")]).split("\n");
    expect(lines).toContain("   2 tests: no mongod");
    expect(lines).toContain("   1 test: left out by a filter, or marked to be skipped without a reason");
  });

  it("says what is run by commands of its own", () => {
    expect(leftOut([])).toContain("npm run differential");
  });
});
