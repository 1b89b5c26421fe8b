import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { parsePool, planProcesses } from "../../src/supervisor/process-plan.ts";

describe("a pool", () => {
  it.each([
    ["*:1", [], 1],
    ["test_queue:4", ["test_queue"], 4],
    ["mailers,misc:2", ["mailers", "misc"], 2],
    [" mailers , misc : 2 ".replaceAll(" : ", ":"), ["mailers", "misc"], 2],
  ])("is read from --pool=%s (DJ-157)", (text, queues, count) => {
    expect(parsePool(text)).toEqual({ queues, count });
  });

  it.each(["*:4", ":4"])("is of all queues: %s (DJ-158)", (text) => {
    expect(parsePool(text)).toEqual({ queues: [], count: 4 });
  });

  it("is of one process where it says no number (DJ-159)", () => {
    expect(parsePool("mailers")).toEqual({ queues: ["mailers"], count: 1 });
  });

  it.each(["mail:0", "mail:x", "mail:-1", "mail:1.5", "a b:1", "mail:2:3", "mail:1001"])(
    "is not %s, and the error says what is",
    (text) => {
      expect(() => parsePool(text)).toThrow(InvalidOptionsError);
      expect(() => parsePool(text)).toThrow(`"${text}" is not QUEUES:COUNT, such as mail,newsletters:4`);
    },
  );
});

describe("the processes to run", () => {
  const plan = (options: Partial<Parameters<typeof planProcesses>[0]> = {}) =>
    planProcesses({ pools: [], queues: [], ...options });

  it("are those of all pools, numbered on from pool to pool (DJ-160)", () => {
    const pools = ["*:1", "test_queue:4", "mailers,misc:2"].map(parsePool);
    expect(plan({ pools })).toEqual([
      { name: "delayed-mailer.0", queues: [] },
      ...[1, 2, 3, 4].map((number) => ({ name: `delayed-mailer.${number}`, queues: ["test_queue"] })),
      { name: "delayed-mailer.5", queues: ["mailers", "misc"] },
      { name: "delayed-mailer.6", queues: ["mailers", "misc"] },
    ]);
  });

  it("are one, or as many as are asked for, for the same queues", () => {
    expect(plan({ queues: ["mail"] })).toEqual([{ name: "delayed-mailer", queues: ["mail"] }]);
    expect(plan({ queues: ["mail"], processes: 2 })).toEqual([
      { name: "delayed-mailer.0", queues: ["mail"] },
      { name: "delayed-mailer.1", queues: ["mail"] },
    ]);
  });

  it("may be one with a name of its own", () => {
    expect(plan({ identifier: "blue" })).toEqual([{ name: "delayed-mailer.blue", queues: [] }]);
  });

  it.each([
    [{ processes: 0 }, "--processes: must be 1 to 1000, not 0"],
    [{ processes: 2, identifier: "blue" }, "--identifier: names one process"],
    [{ pools: [parsePool("a:2")], queues: ["b"] }, "give --pool or --queues, not both"],
  ])("cannot be %j", (options, message) => {
    expect(() => plan(options)).toThrow(InvalidOptionsError);
    expect(() => plan(options)).toThrow(message);
  });
});
