import { expect, it } from "vitest";
import { startScript } from "../support/child.ts";

it("a script that worked off some jobs and called close() ends by itself", async () => {
  const child = startScript("test/faults/fixture/work-off.ts", [], {});
  expect(await child.ended).toBe(0);
  expect(child.output()).toBe("");
});
