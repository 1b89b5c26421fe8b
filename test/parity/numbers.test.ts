import { describe, expect, it } from "vitest";
import { allNumbers, missingBehaviours, numbersIn, numbersInTests, WITHOUT_TEST } from "./numbers.ts";

describe("delayed_job's behaviours", () => {
  it("are all named by a test, but for those with a reason", () => {
    expect(missingBehaviours()).toEqual([]);
  });

  it("that have a reason to lack a test lack it, and each is there", () => {
    const found = numbersInTests();
    const excused = WITHOUT_TEST.flatMap(({ numbers }) => numbers);
    expect(excused.filter((number) => found.has(number))).toEqual([]);
    expect(excused.filter((number) => !allNumbers().includes(number))).toEqual([]);
    expect(new Set(excused).size).toBe(excused.length);
  });

  it("that tests name are behaviours there are", () => {
    expect([...numbersInTests()].filter((number) => !allNumbers().includes(number))).toEqual([]);
  });

  it("are read one by one and as spans", () => {
    const name = `it("does it (D${"J"}-003, D${"J"}-010 to D${"J"}-012, D${"J"}X-05)", async () => {})`;
    expect(new Set(numbersIn(name))).toEqual(
      new Set(["003", "010", "011", "012"].map((n) => `DJ-${n}`).concat("DJX-05")),
    );
    expect(numbersIn(`// as D${"J"}-007 says`)).toEqual([]);
  });
});
