import { afterEach, describe, expect, it } from "vitest";
import type {
  BroadcastLedger,
  Chunk,
  NewBroadcast,
  PlanTotals,
} from "../../src/newsletters/newsletter-store.ts";
import { chunkId } from "../../src/newsletters/newsletter-store.ts";
import { byteOf, type RecipientOutcome } from "../../src/newsletters/outcome.ts";
import { eventually } from "../support/eventually.ts";

export interface LedgerUnderTest {
  /** Opens a ledger on one database; a second call opens another on the same one. */
  open(): Promise<BroadcastLedger>;
  close(): Promise<void>;
}

let made = 0;

/** A send-out to store, with everything that a test does not care about filled in. */
export function aBroadcast(changes: Partial<NewBroadcast> = {}): NewBroadcast {
  made += 1;
  return {
    id: `b${made}`,
    key: `key ${made}`,
    performable: "NewsMailer",
    action: "weekly",
    args: [42, { "@date": "2026-01-01T00:00:00.000Z" }],
    params: { locale: "de" },
    meta: { seed: "s", domain: "x.test", date: "2026-01-01T00:00:00.000Z" },
    queue: "newsletters",
    priority: 10,
    maxAttempts: 25,
    chunkSize: 3,
    ...changes,
  };
}

export function aChunk(broadcast: string, number: number, names: readonly string[] = ["a", "b", "c"]): Chunk {
  return {
    id: chunkId(broadcast, number),
    broadcast,
    number,
    recipients: names.map((name) => ({ email: `${name}@x.test` })),
    identities: names.map((name) => `${name}@x.test`),
  };
}

const planner = (token: string, leaseMs = 30_000) => ({ token, leaseMs });
const bytes = (...outcomes: RecipientOutcome[]) => Uint8Array.from(outcomes, byteOf);
const totals = (changes: Partial<PlanTotals & { planned: boolean }> = {}) => ({
  chunks: 0,
  recipients: 0,
  duplicates: 0,
  refused: 0,
  planned: false,
  ...changes,
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** What every broadcast ledger has to do; its port says it in words. */
export function describeBroadcastLedger(name: string, setup: () => Promise<LedgerUnderTest>): void {
  describe(`${name} as a broadcast ledger`, () => {
    const opened: LedgerUnderTest[] = [];
    afterEach(async () => {
      for (const under of opened.splice(0)) await under.close();
    });

    async function start() {
      const under = await setup();
      opened.push(under);
      return { under, ledger: await under.open() };
    }

    /** A broadcast of one chunk of three. */
    async function withChunk() {
      const { under, ledger } = await start();
      const broadcast = aBroadcast();
      await ledger.begin(broadcast, planner("p"));
      const chunk = aChunk(broadcast.id, 0);
      await ledger.addChunk(chunk);
      return { under, ledger, broadcast, chunk };
    }

    describe("beginning", () => {
      it("stores a new broadcast, and gives it to the caller to plan", async () => {
        const { ledger } = await start();
        const broadcast = aBroadcast({ key: "wöchentlich 🎉 $x.y" });
        const { record, turn } = await ledger.begin(broadcast, planner("p"));
        expect(turn).toBe("mine");
        expect(record).toEqual({
          ...broadcast,
          state: "running",
          planned: false,
          totals: { chunks: 0, recipients: 0, duplicates: 0, refused: 0 },
          createdAt: expect.any(Date),
        });
        expect(await ledger.find(broadcast.id)).toEqual(record);
        expect(await ledger.find(broadcast.key)).toEqual(record);
        expect(await ledger.find("another")).toBeUndefined();
      });

      it("finds the broadcast of that key, and leaves it to the planner whose lease has not run out", async () => {
        const { ledger } = await start();
        const first = aBroadcast({ key: "k" });
        const begun = await ledger.begin(first, planner("p"));
        const again = await ledger.begin(aBroadcast({ key: "k" }), planner("q"));
        expect(again).toMatchObject({ turn: "taken", record: { id: first.id }, since: expect.any(Date) });
        const since = again.turn === "taken" ? again.since.getTime() : 0;
        expect(Math.abs(since - begun.record.createdAt.getTime())).toBeLessThan(5_000);
        await ledger.renewPlanner(first.id, planner("p"));
        expect(await ledger.begin(first, planner("q"))).toMatchObject({
          turn: "taken",
          since: new Date(since),
        });
      });

      it("finds it by its key, though another's id is the same", async () => {
        const { ledger } = await start();
        const other = aBroadcast();
        await ledger.begin(other, planner("p"));
        const { record, turn } = await ledger.begin(aBroadcast({ id: "own", key: other.id }), planner("q"));
        expect([record.id, turn]).toEqual(["own", "mine"]);
      });

      it("gives it to another when its planner has not been heard of for a lease", async () => {
        const { ledger } = await start();
        const broadcast = aBroadcast();
        await ledger.begin(broadcast, planner("p", 1));
        await eventually(
          "it is free",
          async () => (await ledger.begin(broadcast, planner("q"))).turn === "mine",
        );
        expect(await ledger.plan(broadcast.id, planner("p"), totals({ chunks: 9 }))).toBe(false);
        expect(await ledger.renewPlanner(broadcast.id, planner("p"))).toBe(false);
        await ledger.releasePlanner(broadcast.id, "p");
        expect((await ledger.begin(broadcast, planner("r"))).turn).toBe("taken");
        expect(await ledger.plan(broadcast.id, planner("q"), totals({ chunks: 1 }))).toBe(true);
        expect((await ledger.find(broadcast.id))?.totals.chunks).toBe(1);
      });

      it("gives it to another as soon as its planner gives it back", async () => {
        const { ledger } = await start();
        const broadcast = aBroadcast();
        await ledger.begin(broadcast, planner("p"));
        await ledger.releasePlanner(broadcast.id, "p");
        expect((await ledger.begin(broadcast, planner("q"))).turn).toBe("mine");
        expect(await ledger.renewPlanner(broadcast.id, planner("p"))).toBe(false);
      });

      it("keeps it for a planner that renews its lease", async () => {
        const { ledger } = await start();
        const broadcast = aBroadcast();
        await ledger.begin(broadcast, planner("p", 1));
        expect(await ledger.renewPlanner(broadcast.id, planner("p", 60_000))).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect((await ledger.begin(broadcast, planner("q"))).turn).toBe("taken");
      });

      it("gives one that was planned to the end to the next who asks; it stays planned until more comes", async () => {
        const { ledger } = await start();
        const broadcast = aBroadcast();
        await ledger.begin(broadcast, planner("p"));
        await ledger.plan(broadcast.id, planner("p"), totals({ planned: true }));
        expect(await ledger.finish(broadcast.id)).toBe(true);
        const { record, turn } = await ledger.begin(broadcast, planner("q"));
        expect([turn, record.planned, record.state]).toEqual(["mine", true, "finished"]);
        expect(await ledger.plan(broadcast.id, planner("q"), totals({ planned: true }))).toBe(true);
        expect((await ledger.find(broadcast.id))?.state).toBe("finished");
      });

      it("lets a finished one run again when more of it is planned, and leaves a paused one paused", async () => {
        const { ledger } = await start();
        const [finished, paused] = [aBroadcast(), aBroadcast()];
        for (const each of [finished, paused]) {
          await ledger.begin(each, planner("p"));
          await ledger.plan(each.id, planner("p"), totals({ planned: true }));
        }
        await ledger.finish(finished.id);
        await ledger.setState(paused.id, "paused", ["running"]);
        for (const each of [finished, paused]) {
          await ledger.begin(each, planner("q"));
          expect(await ledger.plan(each.id, planner("q"), totals({ chunks: 1 }))).toBe(true);
        }
        const record = await ledger.find(finished.id);
        expect([record?.state, record?.planned, record?.finishedAt]).toEqual(["running", false, undefined]);
        expect((await ledger.find(paused.id))?.state).toBe("paused");
      });

      it("gives a cancelled one to nobody", async () => {
        const { ledger } = await start();
        const cancelled = aBroadcast();
        await ledger.begin(cancelled, planner("p"));
        await ledger.setState(cancelled.id, "cancelled", ["running"]);
        expect(await ledger.plan(cancelled.id, planner("p"), totals())).toBe(false);
        expect(await ledger.renewPlanner(cancelled.id, planner("p"))).toBe(false);
        await ledger.releasePlanner(cancelled.id, "p");
        expect((await ledger.begin(cancelled, planner("q"))).turn).toBe("cancelled");
      });

      it("gives it to exactly one of several at once", async () => {
        const { under, ledger } = await start();
        const ledgers = [ledger, await under.open(), await under.open()];
        const begun = await Promise.all(
          Array.from({ length: 9 }, (_, index) =>
            ledgers[index % 3]!.begin(aBroadcast({ key: "k" }), planner(`p${index}`)),
          ),
        );
        expect(begun.filter(({ turn }) => turn === "mine")).toHaveLength(1);
        expect(new Set(begun.map(({ record }) => record.id)).size).toBe(1);
      });
    });

    describe("the size of rows", () => {
      const rowOf = (text: string) => ({ email: "a@x.test", text });

      it("is what the store writes, so that a chunk of so many bytes can be stored", async () => {
        const { ledger } = await start();
        const broadcast = aBroadcast();
        await ledger.begin(broadcast, planner("p"));
        for (const [number, row] of [rowOf("ä".repeat(5_000)), { n: [1, 2, 3, { a: null }] }].entries()) {
          const size = ledger.sizeOfRow(row, "a@x.test");
          const count = Math.floor(ledger.maxChunkBytes / size);
          const recipients = Array.from({ length: Math.min(count, 10_000) }, () => row);
          const identities = recipients.map(() => "a@x.test");
          const chunk = {
            id: chunkId(broadcast.id, number),
            broadcast: broadcast.id,
            number,
            recipients,
            identities,
          };
          expect(await ledger.addChunk(chunk)).toBe(true);
          expect((await ledger.chunk(chunk.id))?.recipients.length).toBe(recipients.length);
        }
      });

      it("grows with the row and what it is known by", async () => {
        const { ledger } = await start();
        const small = ledger.sizeOfRow(rowOf("x"), "a");
        expect(ledger.sizeOfRow(rowOf("x".repeat(1_001)), "a")).toBe(small + 1_000);
        expect(ledger.sizeOfRow(rowOf("x"), "a".repeat(1_001))).toBe(small + 1_000);
      });
    });

    it("takes a chunk number once, and gives chunks back in order with whether they are complete", async () => {
      const { ledger, broadcast, chunk } = await withChunk();
      expect(await ledger.addChunk({ ...chunk, identities: ["other"] })).toBe(false);
      for (const number of [1, 2])
        expect(await ledger.addChunk(aChunk(broadcast.id, number, [`n${number}`]))).toBe(true);
      await ledger.take(aChunk(broadcast.id, 1, ["n1"]), "t");
      await ledger.record(chunkId(broadcast.id, 1), "t", {
        outcomes: bytes("sent"),
        notes: [],
        complete: true,
      });
      expect(await ledger.chunk(chunk.id)).toEqual(chunk);
      expect(await ledger.chunk("none")).toBeUndefined();
      expect(
        (await all(ledger.chunks(broadcast.id))).map(({ number, complete }) => [number, complete]),
      ).toEqual([
        [0, false],
        [1, true],
        [2, false],
      ]);
    });

    it("keeps the rows that were left out, once each, in order", async () => {
      const { ledger, broadcast } = await withChunk();
      const refusals = Array.from({ length: 250 }, (_, index) => ({ row: index + 1, problem: `<${index}>` }));
      await ledger.addRefusals(broadcast.id, refusals.toReversed());
      await ledger.addRefusals(broadcast.id, refusals.slice(0, 10));
      expect(await all(ledger.refusals(broadcast.id))).toEqual(refusals);
      expect(await all(ledger.refusals("other"))).toEqual([]);
      await ledger.clearRefusals("other");
      expect(await all(ledger.refusals(broadcast.id))).toHaveLength(250);
      await ledger.clearRefusals(broadcast.id);
      expect(await all(ledger.refusals(broadcast.id))).toEqual([]);
    });

    describe("recording", () => {
      it("begins with nothing known, and goes on where it was left", async () => {
        const { under, ledger, chunk } = await withChunk();
        expect(await ledger.take(chunk, "one")).toEqual({ outcomes: new Uint8Array(3) });
        expect(
          await ledger.record(chunk.id, "one", {
            outcomes: bytes("sent", "deferred", "pending"),
            notes: [],
            complete: false,
          }),
        ).toBe(true);
        const elsewhere = await under.open();
        expect(await elsewhere.take(chunk, "two")).toEqual({
          outcomes: bytes("sent", "deferred", "pending"),
          previous: "one",
        });
      });

      it("is fenced: who lost the chunk writes nothing", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        await ledger.take(chunk, "one");
        await ledger.take(chunk, "two");
        const notes = [{ index: 0, outcome: "rejected", response: "550" }] as const;
        expect(
          await ledger.record(chunk.id, "one", {
            outcomes: bytes("rejected", "pending", "pending"),
            notes,
            complete: true,
          }),
        ).toBe(false);
        expect(await ledger.take(chunk, "three")).toEqual({ outcomes: new Uint8Array(3), previous: "two" });
        expect(await all(ledger.failures(broadcast.id))).toEqual([]);
      });

      it("adds up over chunks", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        expect((await ledger.counts(broadcast.id)).sent).toBe(0);
        await ledger.addChunk(aChunk(broadcast.id, 1));
        for (const each of [chunk, aChunk(broadcast.id, 1)]) {
          await ledger.take(each, "t");
          await ledger.record(each.id, "t", {
            outcomes: bytes("sent", "sent", "unknown"),
            notes: [],
            complete: false,
          });
        }
        expect(await ledger.counts(broadcast.id)).toMatchObject({
          sent: 4,
          unknown: 2,
          pending: 0,
          deferred: 0,
        });
      });

      it("tells who did not simply get the mail, and why, by the newest outcome", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        await ledger.take(chunk, "t");
        const notes = [
          { index: 0, outcome: "deferred", code: 450, response: "450 busy" },
          { index: 1, outcome: "rejected", code: 550, response: "550 <b@x.test>: nö 🎉" },
          { index: 2, outcome: "invalid", response: "no address" },
        ] as const;
        await ledger.record(chunk.id, "t", {
          outcomes: bytes("deferred", "rejected", "invalid"),
          notes,
          complete: false,
        });
        expect(await all(ledger.failures(broadcast.id))).toEqual([
          { recipient: "a@x.test", outcome: "deferred", code: 450, response: "450 busy" },
          { recipient: "b@x.test", outcome: "rejected", code: 550, response: "550 <b@x.test>: nö 🎉" },
          { recipient: "c@x.test", outcome: "invalid", response: "no address" },
        ]);
        await ledger.record(chunk.id, "t", {
          outcomes: bytes("sent", "rejected", "invalid"),
          notes: [],
          complete: true,
        });
        expect((await all(ledger.failures(broadcast.id))).map(({ recipient }) => recipient)).toEqual([
          "b@x.test",
          "c@x.test",
        ]);
      });
    });

    describe("states", () => {
      it("change only from where they are said to be", async () => {
        const { ledger, broadcast } = await withChunk();
        expect(await ledger.setState(broadcast.id, "running", ["paused"])).toBe(false);
        expect(await ledger.setState(broadcast.id, "paused", ["running"])).toBe(true);
        expect((await ledger.find(broadcast.id))?.state).toBe("paused");
        expect(await ledger.setState("none", "paused", ["running"])).toBe(false);
      });

      it("come to an end once, when all is planned and complete", async () => {
        const { under, ledger, broadcast, chunk } = await withChunk();
        const other = await under.open();
        await ledger.take(chunk, "t");
        await ledger.record(chunk.id, "t", {
          outcomes: bytes("sent", "sent", "sent"),
          notes: [],
          complete: true,
        });
        expect(await ledger.finish(broadcast.id)).toBe(false);
        await ledger.plan(broadcast.id, planner("p"), totals({ chunks: 2, recipients: 6, planned: true }));
        expect(await ledger.finish(broadcast.id)).toBe(false);
        await ledger.begin(broadcast, planner("p"));
        await ledger.plan(broadcast.id, planner("p"), totals({ chunks: 1, recipients: 3, planned: true }));
        const finished = await Promise.all([
          ledger.finish(broadcast.id),
          other.finish(broadcast.id),
          ledger.finish(broadcast.id),
        ]);
        expect(finished.filter(Boolean)).toHaveLength(1);
        expect(await ledger.find(broadcast.id)).toMatchObject({
          state: "finished",
          finishedAt: expect.any(Date),
        });
      });

      it("do not come to an end while paused", async () => {
        const { ledger, broadcast } = await withChunk();
        await ledger.plan(broadcast.id, planner("p"), totals({ planned: true }));
        await ledger.setState(broadcast.id, "paused", ["running"]);
        expect(await ledger.finish(broadcast.id)).toBe(false);
      });
    });

    describe("what nobody works on (rows 1.3 and 1.14)", () => {
      async function record(
        ledger: BroadcastLedger,
        chunk: Chunk,
        complete: boolean,
        ...outcomes: RecipientOutcome[]
      ) {
        await ledger.take(chunk, "t");
        await ledger.record(chunk.id, "t", { outcomes: bytes(...outcomes), notes: [], complete });
      }

      it("is found by the chunks that are not complete", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        const [second, third] = [aChunk(broadcast.id, 1), aChunk(broadcast.id, 2)];
        for (const each of [second, third, aChunk(broadcast.id, 3)]) await ledger.addChunk(each);
        // The planner has stored a fourth and not counted it yet.
        await ledger.plan(broadcast.id, planner("p"), totals({ chunks: 3 }));
        expect(await ledger.countIncomplete(broadcast.id)).toBe(3);
        await record(ledger, second, true, "sent", "sent", "sent");
        await record(ledger, third, false, "sent", "sent", "deferred");
        expect(await ledger.countIncomplete(broadcast.id)).toBe(2);
        expect(await ledger.incomplete(broadcast.id)).toEqual([chunk.id, third.id]);
        expect(await ledger.countIncomplete("none")).toBe(0);
        expect(await ledger.incomplete("none")).toEqual([]);
      });

      it("is looked for in newsletters that run, planned or not", async () => {
        const { ledger } = await start();
        const broadcasts = [aBroadcast(), aBroadcast(), aBroadcast(), aBroadcast()];
        for (const broadcast of broadcasts) await ledger.begin(broadcast, planner("p"));
        const [running, paused, cancelled, finished] = broadcasts as [
          NewBroadcast,
          NewBroadcast,
          NewBroadcast,
          NewBroadcast,
        ];
        await ledger.setState(paused.id, "paused", ["running"]);
        await ledger.setState(cancelled.id, "cancelled", ["running"]);
        await ledger.plan(finished.id, planner("p"), totals({ planned: true }));
        await ledger.finish(finished.id);
        expect((await ledger.running()).map(({ id }) => id)).toEqual([running.id]);
      });

      it("may still be planned, which the planner's lease tells", async () => {
        const { ledger, broadcast } = await withChunk();
        expect(await ledger.isBeingPlanned(broadcast.id)).toBe(true);
        await ledger.plan(broadcast.id, planner("p", -1_000), totals());
        expect(await ledger.isBeingPlanned(broadcast.id)).toBe(false);
        await ledger.plan(broadcast.id, planner("p"), totals({ planned: true }));
        expect(await ledger.isBeingPlanned(broadcast.id)).toBe(false);
        expect(await ledger.isBeingPlanned("none")).toBe(false);
      });

      it("is made pending again by its outcome, once, where the chunk is complete", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        await ledger.plan(broadcast.id, planner("p"), totals({ chunks: 1 }));
        await record(ledger, chunk, false, "failed", "abandoned", "unknown");
        expect(await ledger.reopen(chunk.id, ["failed"])).toBe(0);
        await record(ledger, chunk, true, "failed", "abandoned", "unknown");
        expect(await ledger.reopen(chunk.id, ["rejected"])).toBe(0);
        expect(await ledger.countIncomplete(broadcast.id)).toBe(0);
        expect(await ledger.reopen(chunk.id, ["failed"])).toBe(2);
        expect(await ledger.reopen(chunk.id, ["failed"])).toBe(0);
        expect(await ledger.countIncomplete(broadcast.id)).toBe(1);
        expect(await ledger.counts(broadcast.id)).toMatchObject({ failed: 0, unknown: 1 });
        expect(
          await ledger.record(chunk.id, "t", {
            outcomes: bytes("sent", "sent", "sent"),
            notes: [],
            complete: true,
          }),
        ).toBe(false);
        expect(await ledger.take(chunk, "u")).toEqual({
          outcomes: bytes("pending", "pending", "unknown"),
          previous: "",
        });
        expect(await ledger.reopen("none", ["failed"])).toBe(0);
      });

      it("is counted and listed as failed when it was abandoned, and as pending after a crash", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        await record(ledger, chunk, true, "abandoned", "crashed-once", "uncertain");
        expect(await ledger.counts(broadcast.id)).toMatchObject({ failed: 1, pending: 1, deferred: 1 });
        expect((await all(ledger.failures(broadcast.id))).map(({ outcome }) => outcome)).toEqual([
          "failed",
          "deferred",
        ]);
      });

      it("makes a finished newsletter run again, without the time at which it was finished", async () => {
        const { ledger, broadcast, chunk } = await withChunk();
        await ledger.plan(broadcast.id, planner("p"), totals({ chunks: 1, recipients: 3, planned: true }));
        await record(ledger, chunk, true, "sent", "sent", "failed");
        expect(await ledger.finish(broadcast.id)).toBe(true);
        expect(await ledger.setState(broadcast.id, "running", ["finished"])).toBe(true);
        expect(await ledger.find(broadcast.id)).not.toHaveProperty("finishedAt");
      });
    });

    it("takes the same outcomes twice, and keeps whether it is a rehearsal (rows 1.1 and 1.6)", async () => {
      const { ledger, chunk, broadcast } = await withChunk();
      await ledger.take(chunk, "t");
      const notes = [{ index: 1, outcome: "rejected", code: 550, response: "550 no" }] as const;
      const progress = { outcomes: bytes("sent", "rejected", "sent"), notes, complete: true };
      for (let time = 1; time <= 2; time++) expect(await ledger.record(chunk.id, "t", progress)).toBe(true);
      expect(await all(ledger.failures(broadcast.id))).toHaveLength(1);
      expect(await ledger.find(broadcast.id)).not.toHaveProperty("rehearsal");
      const rehearsal = aBroadcast({ rehearsal: true });
      await ledger.begin(rehearsal, planner("p"));
      expect(await ledger.find(rehearsal.id)).toMatchObject({ rehearsal: true });
    });

    it("lists broadcasts, newest first", async () => {
      const { ledger } = await start();
      const broadcasts = [aBroadcast(), aBroadcast(), aBroadcast()];
      for (const broadcast of broadcasts) {
        await ledger.begin(broadcast, planner("p"));
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      expect((await ledger.list()).map(({ id }) => id)).toEqual(broadcasts.map(({ id }) => id).toReversed());
    });
  });
}
