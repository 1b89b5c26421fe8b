import { expect, it } from "vitest";
import { runCallback } from "../../src/delivery/run-callback.ts";

it("waits for a callback no longer than its time, and says so", async () => {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  await runCallback(() => new Promise(() => undefined), { timeout: 5, onError });
  expect(String(errors)).toBe("Error: It took longer than 5 ms.");
});

it.each([
  [
    "throws",
    () => {
      throw new Error("oops");
    },
  ],
  ["rejects", () => Promise.reject(new Error("oops"))],
])("tells what a callback %s, and does not reject", async (_, run) => {
  const errors: unknown[] = [];
  await runCallback(run, { timeout: 60_000, onError: (error) => errors.push(error) });
  expect(String(errors)).toBe("Error: oops");
});
