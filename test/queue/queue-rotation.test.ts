import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Candidate, QueueRotation, type RotationRequest } from "../../src/queue/queue-rotation.ts";

const EMPTY: Omit<RotationRequest, "limit" | "order"> = { queues: [], weights: {} };

function jobs(queue: string, count: number, priority = 0, runAt = 0): readonly Candidate[] {
  return Array.from({ length: count }, () => ({ queue, priority, runAt }));
}

function queuesOf(picked: readonly Candidate[]): string {
  return picked.map(({ queue }) => queue).join("");
}

describe("fair turns", () => {
  it("let queues of one priority take turns, however many jobs one of them has, and however early", () => {
    const lists = [jobs("n", 100, 0, 1), jobs("m", 3, 0, 9)];
    expect(queuesOf(new QueueRotation().pick(lists, { ...EMPTY, limit: 8, order: "fair" }))).toBe("nmnmnmnn");
  });

  it("take the better priority first, whatever its queue", () => {
    const lists = [jobs("n", 3, -1), jobs("m", 3)];
    expect(queuesOf(new QueueRotation().pick(lists, { ...EMPTY, limit: 6, order: "fair" }))).toBe("nnnmmm");
  });

  it("give a queue as many turns as its weight", () => {
    const lists = [jobs("n", 100, 0, 1), jobs("m", 100, 0, 9)];
    const picked = new QueueRotation().pick(lists, { ...EMPTY, limit: 40, order: "fair", weights: { m: 3 } });
    expect(picked.filter(({ queue }) => queue === "m")).toHaveLength(30);
  });

  it("go on from claim to claim, so that even claims of one job starve no queue", () => {
    const turns = new QueueRotation();
    const picked = Array.from({ length: 6 }, () =>
      queuesOf(turns.pick([jobs("n", 9, 0, 1), jobs("m", 9, 0, 9)], { ...EMPTY, limit: 1, order: "fair" })),
    );
    expect(picked.join("")).toBe("nmnmnm");
  });

  it("let a queue that was empty neither catch up nor wait", () => {
    const turns = new QueueRotation();
    for (let claim = 0; claim < 10; claim++)
      turns.pick([jobs("n", 200, 0, 1)], { ...EMPTY, limit: 100, order: "fair" });
    const lists = [jobs("n", 100, 0, 1), jobs("m", 100, 0, 9)];
    expect(queuesOf(turns.pick(lists, { ...EMPTY, limit: 6, order: "fair" }))).toBe("nmnmnm");
  });
});

describe("the other orders", () => {
  it("take the lowest number, then the earliest, whatever the queue (DJ-043)", () => {
    const lists = [
      [...jobs("n", 2, 0, 1), ...jobs("n", 1, 5, 0)],
      [...jobs("m", 1, -3, 9), ...jobs("m", 1, 0, 0)],
    ];
    expect(queuesOf(new QueueRotation().pick(lists, { ...EMPTY, limit: 9, order: "priority" }))).toBe(
      "mmnnn",
    );
  });

  it("empty one queue after another, where strict", () => {
    const lists = [jobs("z", 1, -9), jobs("n", 2, -5), jobs("m", 2, 5)];
    const request = { ...EMPTY, limit: 9, order: "strict", queues: ["m", "n"] } as const;
    expect(queuesOf(new QueueRotation().pick(lists, request))).toBe("mmnnz");
  });
});

it("every order picks as many as there are, up to the limit, each once, and keeps a queue's own order", () => {
  const list = fc.array(fc.record({ priority: fc.integer({ min: -3, max: 3 }), runAt: fc.nat(5) }), {
    maxLength: 20,
  });
  const request = fc.record({
    limit: fc.nat(40),
    order: fc.constantFrom("fair" as const, "priority" as const, "strict" as const),
    queues: fc.constant(["b"]),
    weights: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.double({ min: 0.01, max: 100, noNaN: true })),
  });
  fc.assert(
    fc.property(list, list, list, fc.array(request, { minLength: 1, maxLength: 4 }), (a, b, c, requests) => {
      const turns = new QueueRotation();
      const lists = [a, b, c].map((rows, index) => rows.map((row) => ({ ...row, queue: "abc"[index]! })));
      for (const each of requests) {
        const picked = turns.pick(lists, each);
        expect(picked).toHaveLength(Math.min(each.limit, a.length + b.length + c.length));
        for (const own of lists) {
          const mine = picked.filter((job) => own.includes(job));
          expect(mine).toEqual(own.slice(0, mine.length));
        }
      }
    }),
    { numRuns: 200 },
  );
});
