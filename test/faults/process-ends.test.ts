import { expect, it } from "vitest";
import { useBundled } from "../support/bundled.ts";
import { startBundled } from "../support/child.ts";

const fileOf = useBundled(["test/faults/fixture/work-off.ts"], "work-off-");

it("a script that worked off some jobs and called close() ends by itself", async () => {
  const child = startBundled(fileOf("work-off"), [], {});
  expect(await child.ended).toBe(0);
  expect(child.output()).toBe("");
});
