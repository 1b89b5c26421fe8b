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

  describe("whose store refuses one ending of ten", () => {
    const retry = (id: number): Settlement => ({
      ...{ id: String(id), token: "t", kind: "retry", error: "busy", counted: true },
      runAt: new Date(0),
    });

    function refusing(isRefused: (settlement: Settlement) => boolean) {
      const taken: Settlement[] = [];
      const settle = async (batch: readonly Settlement[]): Promise<readonly Lease[]> => {
        if (batch.some(isRefused)) throw new RangeError("the value of offset is out of range");
        taken.push(...batch);
        return [];
      };
      return { taken, ...setup({ store: { settle }, flushMs: 1 }) };
    }

    it("writes the nine, and keeps the tenth job as failed with what the store said", async () => {
      const isRefused = ({ id, kind }: Settlement) => id === "5" && kind === "retry";
      const { settler, taken, settled } = refusing(isRefused);
      for (let id = 0; id < 10; id++) settler.add(id === 5 ? retry(5) : done(id));
      expect(await settler.drain(10_000)).toBe(0);
      expect([...settled].sort()).toEqual(Array.from({ length: 10 }, (_, id) => String(id)));
      expect(taken.find(({ id }) => id === "5")).toMatchObject({
        ...{ kind: "fail", reason: "unwritable" },
        error: expect.stringContaining("the value of offset is out of range"),
      });
    });

    it("says of no job that is done that it failed: that ending is written again", async () => {
      let refusals = 4;
      const { settler, taken } = refusing(({ id }) => id === "5" && refusals-- > 0);
      for (let id = 0; id < 10; id++) settler.add(done(id));
      expect(await settler.drain(10_000)).toBe(0);
      expect(taken).toHaveLength(10);
      expect(taken.every(({ kind }) => kind === "done")).toBe(true);
    });

    it("asks a store that takes nothing no more than a few times", async () => {
      let tries = 0;
      const { settler } = refusing(() => {
        tries += 1;
        return true;
      });
      for (let id = 0; id < 500; id++) settler.add(retry(id));
      expect(await settler.drain(1_000)).toBe(500);
      settler.end();
      expect(tries).toBeLessThan(30);
    });
  });
});
