import { describe, expect, it } from "vitest";
import { leftOut, secondTries } from "./support/left-out-reporter.ts";

const skipped = (note: string | undefined) => ({
  fullName: "a test",
  result: () => ({ state: "skipped", note, errors: undefined }) as const,
});

const tried = (flaky: boolean, message: string) => ({
  fullName: "sends a mail",
  module: { relativeModuleId: "test/mail.test.ts" },
  diagnostic: () => ({ flaky }),
  result: () => ({ state: "passed", errors: [{ message }] }) as const,
});

describe("the end of a run", () => {
  it("names what passed at the second try alone, with what the first one said", () => {
    expect(secondTries([tried(false, "fine"), tried(true, "expected 1 to be 2\nmore")])).toBe(
      "\n Failed at first, passed at the second try: look into each\n   test/mail.test.ts > sends a mail\n     expected 1 to be 2\n\n",
    );
    expect(secondTries([tried(false, "fine")])).toBe("");
  });

  it("says how many tests were left out, and why", () => {
    const lines = leftOut([skipped("no mongod"), skipped(undefined), skipped("no mongod")]).split("\n");
    expect(lines).toContain("   2 tests: no mongod");
    expect(lines).toContain("   1 test: left out by a filter, or marked to be skipped without a reason");
  });

  it("says what is run by commands of its own", () => {
    expect(leftOut([])).toContain("npm run differential");
  });
});
