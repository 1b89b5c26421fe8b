import { describe, expect, it } from "vitest";
import type { Lease, Settlement } from "../../../src/jobs/job-store.ts";
import { Settler, type SettlerOptions } from "../../../src/queue/worker/settler.ts";

const done = (id: number): Settlement => ({ id: String(id), token: "t", kind: "done" });

function setup(options: Partial<SettlerOptions> = {}) {
  const writes: string[][] = [];
  const settled: string[] = [];
  const lost: string[] = [];
  const errors: unknown[] = [];
  const settler = new Settler({
    store: {
      settle: async (batch) => {
        writes.push(batch.map(({ id }) => id));
        return [];
      },
    },
    onSettled: ({ id }) => settled.push(id),
    onLost: ({ id }) => lost.push(id),
    onError: (error) => errors.push(error),
    ...options,
  });
  return { settler, writes, settled, lost, errors };
}

describe("the settler", () => {
  it("writes many endings at once", async () => {
    const { settler, writes, settled } = setup();
    for (let id = 0; id < 30; id++) settler.add(done(id));
    await settler.flush();
    expect(writes).toHaveLength(1);
    expect(settled).toHaveLength(30);
  });

  it("does not wait when a batch is full", async () => {
    const { settler, writes } = setup({ flushMs: 60_000, batchSize: 3 });
    for (let id = 0; id < 3; id++) settler.add(done(id));
    await settler.drain(1_000);
    expect(writes).toEqual([["0", "1", "2"]]);
  });

  it("keeps what the store refuses and writes it again, in order", async () => {
    let broken = true;
    const writes: string[][] = [];
    const settle = async (batch: readonly Settlement[]): Promise<readonly Lease[]> => {
      if (broken) throw new Error("no connection");
      writes.push(batch.map(({ id }) => id));
      return [];
    };
    const { settler, errors, settled } = setup({ store: { settle } });
    settler.add(done(1));
    await settler.flush();
    settler.add(done(2));
    broken = false;
    expect(await settler.drain(5_000)).toBe(0);
    expect(errors).toHaveLength(1);
    expect(writes).toEqual([["1", "2"]]);
    expect(settled).toEqual(["1", "2"]);
  });

  it("says how many it could not write when told to end", async () => {
    const { settler } = setup({ store: { settle: () => Promise.reject(new Error("down")) } });
    settler.add(done(1));
    expect(await settler.drain(50)).toBe(1);
  });

  it("waits for a write that is under way before it says that all is written", async () => {
    let finish: () => void = () => undefined;
    const settle = () => new Promise<readonly Lease[]>((resolve) => (finish = () => resolve([])));
    const { settler, settled } = setup({ store: { settle }, batchSize: 1 });
    settler.add(done(1));
    const drained = settler.drain(5_000);
    finish();
    await drained;
    expect(settled).toEqual(["1"]);
  });

  it("drains no longer than it is told where the store does not answer", async () => {
    const { settler } = setup({ store: { settle: () => new Promise(() => undefined) } });
    settler.add(done(1));
    await Promise.race([settler.flush(), Promise.resolve()]);
    settler.add(done(2));
    expect(await settler.drain(20)).toBe(2);
    settler.end();
  });

  it("tries no more once it is ended", async () => {
    let tries = 0;
    const settle = () => {
      tries += 1;
      return Promise.reject(new Error("down"));
    };
    const { settler } = setup({ store: { settle }, flushMs: 1 });
    settler.add(done(1));
    expect(await settler.drain(50)).toBe(1);
    settler.end();
    const before = tries;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(tries).toBe(before);
  });

  it("tells the lost from the settled", async () => {
    const { settler, settled, lost } = setup({ store: { settle: async () => [{ id: "2", token: "t" }] } });
    for (const id of [1, 2, 3]) settler.add(done(id));
    await settler.flush();
    expect({ settled, lost }).toEqual({ settled: ["1", "3"], lost: ["2"] });
  });

  it("is full when too much waits", () => {
    const { settler } = setup({ store: { settle: () => new Promise(() => {}) }, capacity: 2, batchSize: 1 });
    for (const id of [1, 2, 3]) settler.add(done(id));
    expect(settler.full).toBe(true);
  });
});
