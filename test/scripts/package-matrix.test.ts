import { expect, it } from "vitest";
import { missingPairs, ROWS } from "../../scripts/package-matrix/rows.ts";

it("the rows of the package matrix have every pair of what people have", () => {
  expect(missingPairs(ROWS)).toEqual([]);
  expect(ROWS.length).toBeLessThanOrEqual(12);
});

it("would miss a pair that no row has", () => {
  expect(missingPairs(ROWS.filter(({ node, manager }) => node !== "24" || manager !== "yarn"))).toContain(
    "node=24 manager=yarn",
  );
});
