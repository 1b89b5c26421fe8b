import { afterEach, describe, expect, it } from "vitest";
import { packAnswers, unpackAnswers } from "../../src/newsletters/answers/answer-log.ts";
import { recipientOutcomes } from "../../src/newsletters/answers/recipient-outcomes.ts";
import type {
  Chunk,
  NewNewsletter,
  NewsletterStore,
  PlanTotals,
} from "../../src/newsletters/newsletter-store.ts";
import { chunkId } from "../../src/newsletters/newsletter-store.ts";
import { byteOf, type RecipientOutcome } from "../../src/newsletters/outcome.ts";
import { eventually } from "../support/eventually.ts";

export interface LedgerUnderTest {
  /** Opens a ledger on one database; a second call opens another on the same one. */
  open(): Promise<NewsletterStore>;
  close(): Promise<void>;
}

let made = 0;

/** A send-out to store, with everything that a test does not care about filled in. */
export function aNewsletter(changes: Partial<NewNewsletter> = {}): NewNewsletter {
  made += 1;
  return {
    id: `b${made}`,
    key: `key ${made}`,
    handler: "NewsMailer",
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

export function aChunk(
  newsletter: string,
  number: number,
  names: readonly string[] = ["a", "b", "c"],
): Chunk {
  return {
    id: chunkId(newsletter, number),
    newsletter,
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

/** Who did not simply get the mail, and what was answered. */
export async function failuresOf(ledger: NewsletterStore, id: string) {
  const record = await ledger.find(id);
  const found = record ? await all(recipientOutcomes(record, ledger)) : [];
  return found
    .filter(({ outcome }) => outcome !== "sent" && outcome !== "pending")
    .map(({ at: _, ...failure }) => failure);
}

/** What every newsletter ledger has to do; its port says it in words. */
export function describeNewsletterStore(name: string, setup: () => Promise<LedgerUnderTest>): void {
  describe(`${name} as a newsletter ledger`, () => {
    const opened: LedgerUnderTest[] = [];
    afterEach(async () => {
      for (const under of opened.splice(0)) await under.close();
    });

    async function start() {
      const under = await setup();
      opened.push(under);
      return { under, ledger: await under.open() };
    }

    /** A newsletter of one chunk of three. */
    async function withChunk() {
      const { under, ledger } = await start();
      const newsletter = aNewsletter();
      await ledger.begin(newsletter, planner("p"));
      const chunk = aChunk(newsletter.id, 0);
      await ledger.addChunk(chunk);
      return { under, ledger, newsletter, chunk };
    }

    describe("forgetting somebody", () => {
      it("puts other rows in a chunk, unless somebody else did meanwhile", async () => {
        const { ledger, chunk } = await withChunk();
        const after = { recipients: [{ "@erased": true }, "b", "c"], identities: ["erased 1", "b", "c"] };
        expect(await ledger.rewriteChunk(chunk, after)).toBe(true);
        expect(await ledger.chunk(chunk.id)).toEqual({ ...chunk, ...after });
        expect(await ledger.rewriteChunk(chunk, { recipients: [], identities: [] })).toBe(false);
        expect(await ledger.chunk(chunk.id)).toEqual({ ...chunk, ...after });
      });

      it("puts other answers in the place of some, and leaves the rest", async () => {
        const { ledger, chunk } = await withChunk();
        await ledger.take(chunk, "t");
        const [first, second, other] = ["one", "two", "three"].map((response) =>
          packAnswers([{ index: 0, outcome: "sent", response }]),
        );
        const progress = { outcomes: bytes("sent", "pending", "pending"), complete: false };
        await ledger.record(chunk.id, "t", { ...progress, answers: first! });
        await ledger.record(chunk.id, "t", { ...progress, answers: second! });
        await ledger.rewriteAnswers(chunk.id, first!.bytes, other!.bytes);
        const { answers } = await ledger.results(chunk.id);
        expect(answers.flatMap(unpackAnswers).map(({ response }) => response)).toEqual(["three", "two"]);
      });
    });

    describe("beginning", () => {
      it("stores a new newsletter, and gives it to the caller to plan", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter({ key: "wöchentlich 🎉 $x.y" });
        const { record, turn } = await ledger.begin(newsletter, planner("p"));
        expect(turn).toBe("mine");
        expect(record).toEqual({
          ...newsletter,
          state: "running",
          planned: false,
          totals: { chunks: 0, recipients: 0, duplicates: 0, refused: 0 },
          createdAt: expect.any(Date),
        });
        expect(await ledger.find(newsletter.id)).toEqual(record);
        expect(await ledger.find(newsletter.key)).toEqual(record);
        expect(await ledger.find("another")).toBeUndefined();
      });

      it("keeps when it may be sent, and where the recipients of a chunk are", async () => {
        const { ledger } = await start();
        const windows = [{ days: ["mon" as const], from: "09:00", to: "17:00" }];
        const timing = {
          at: "2026-12-01T09:00",
          stopBy: "2026-12-02T09:00:00.000Z",
          windows,
          timeZone: "UTC",
        };
        const newsletter = aNewsletter({ timing });
        expect((await ledger.begin(newsletter, planner("p"))).record.timing).toEqual(timing);
        expect((await ledger.find(newsletter.id))?.timing).toEqual(timing);
        const chunk = { ...aChunk(newsletter.id, 0), timeZone: "Asia/Tokyo" };
        await ledger.addChunk(chunk);
        await ledger.addChunk(aChunk(newsletter.id, 1));
        expect(await ledger.chunk(chunk.id)).toEqual(chunk);
        const zones = (await all(ledger.chunks(newsletter.id))).map(({ timeZone }) => timeZone);
        expect(zones).toEqual(["Asia/Tokyo", undefined]);
      });

      it("is waiting where somebody is to start it, also while it is planned", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter({ start: "manual" });
        expect((await ledger.begin(newsletter, planner("p"))).record).toMatchObject({
          state: "waiting",
          start: "manual",
        });
        await ledger.plan(newsletter.id, planner("p"), totals({ planned: true }));
        expect((await ledger.find(newsletter.id))?.state).toBe("waiting");
        expect(await ledger.finish(newsletter.id)).toBe(false);
        expect(await ledger.running()).toEqual([]);
        expect(await ledger.remove(newsletter.id)).toBe(false);
        expect(await ledger.setState(newsletter.id, "running", ["waiting"])).toBe(true);
        expect(await ledger.finish(newsletter.id)).toBe(true);
      });

      it("finds the newsletter of that key, and leaves it to the planner whose lease has not run out", async () => {
        const { ledger } = await start();
        const first = aNewsletter({ key: "k" });
        const begun = await ledger.begin(first, planner("p"));
        const again = await ledger.begin(aNewsletter({ key: "k" }), planner("q"));
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
        const other = aNewsletter();
        await ledger.begin(other, planner("p"));
        const { record, turn } = await ledger.begin(aNewsletter({ id: "own", key: other.id }), planner("q"));
        expect([record.id, turn]).toEqual(["own", "mine"]);
      });

      it("gives it to another when its planner has not been heard of for a lease", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter();
        await ledger.begin(newsletter, planner("p", 1));
        await eventually(
          "it is free",
          async () => (await ledger.begin(newsletter, planner("q"))).turn === "mine",
        );
        expect(await ledger.plan(newsletter.id, planner("p"), totals({ chunks: 9 }))).toBe(false);
        expect(await ledger.renewPlanner(newsletter.id, planner("p"))).toBe(false);
        await ledger.releasePlanner(newsletter.id, "p");
        expect((await ledger.begin(newsletter, planner("r"))).turn).toBe("taken");
        expect(await ledger.plan(newsletter.id, planner("q"), totals({ chunks: 1 }))).toBe(true);
        expect((await ledger.find(newsletter.id))?.totals.chunks).toBe(1);
      });

      it("gives it to another as soon as its planner gives it back", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter();
        await ledger.begin(newsletter, planner("p"));
        await ledger.releasePlanner(newsletter.id, "p");
        expect((await ledger.begin(newsletter, planner("q"))).turn).toBe("mine");
        expect(await ledger.renewPlanner(newsletter.id, planner("p"))).toBe(false);
      });

      it("keeps it for a planner that renews its lease", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter();
        await ledger.begin(newsletter, planner("p", 1));
        expect(await ledger.renewPlanner(newsletter.id, planner("p", 60_000))).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect((await ledger.begin(newsletter, planner("q"))).turn).toBe("taken");
      });

      it("gives one that was planned to the end to the next who asks; it stays planned until more comes", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter();
        await ledger.begin(newsletter, planner("p"));
        await ledger.plan(newsletter.id, planner("p"), totals({ planned: true }));
        expect(await ledger.finish(newsletter.id)).toBe(true);
        const { record, turn } = await ledger.begin(newsletter, planner("q"));
        expect([turn, record.planned, record.state]).toEqual(["mine", true, "finished"]);
        expect(await ledger.plan(newsletter.id, planner("q"), totals({ planned: true }))).toBe(true);
        expect((await ledger.find(newsletter.id))?.state).toBe("finished");
      });

      it("pauses one by itself once, keeps why until somebody pauses it by hand, and for good what was counted", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter({ pauseWhen: { rejected: 0.1, after: 5 } });
        await ledger.begin(newsletter, planner("p"));
        const why = { because: "too many", tried: 10, rejected: 3 };
        const paused = await Promise.all([
          ledger.pauseBecause(newsletter.id, why),
          ledger.pauseBecause(newsletter.id, why),
        ]);
        expect(paused.filter(Boolean)).toHaveLength(1);
        const found = await ledger.find(newsletter.id);
        expect([found?.state, found?.lastPause, found?.pauseWhen]).toEqual([
          "paused",
          why,
          newsletter.pauseWhen,
        ]);
        await ledger.setState(newsletter.id, "running", ["paused"]);
        expect((await ledger.find(newsletter.id))?.lastPause).toEqual(why);
        await ledger.setState(newsletter.id, "paused", ["running"]);
        expect((await ledger.find(newsletter.id))?.lastPause).toEqual({ tried: 10, rejected: 3 });
        expect(await ledger.pauseBecause(newsletter.id, why)).toBe(false);
      });

      it("lets a finished one run again when more of it is planned, and leaves a paused one paused", async () => {
        const { ledger } = await start();
        const [finished, paused] = [aNewsletter(), aNewsletter()];
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
        const cancelled = aNewsletter();
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
            ledgers[index % 3]!.begin(aNewsletter({ key: "k" }), planner(`p${index}`)),
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
        const newsletter = aNewsletter();
        await ledger.begin(newsletter, planner("p"));
        for (const [number, row] of [rowOf("ä".repeat(5_000)), { n: [1, 2, 3, { a: null }] }].entries()) {
          const size = ledger.sizeOfRow(row, "a@x.test");
          const count = Math.floor(ledger.maxChunkBytes / size);
          const recipients = Array.from({ length: Math.min(count, 10_000) }, () => row);
          const identities = recipients.map(() => "a@x.test");
          const chunk = {
            id: chunkId(newsletter.id, number),
            newsletter: newsletter.id,
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
      const { ledger, newsletter, chunk } = await withChunk();
      expect(await ledger.addChunk({ ...chunk, identities: ["other"] })).toBe(false);
      for (const number of [1, 2])
        expect(await ledger.addChunk(aChunk(newsletter.id, number, [`n${number}`]))).toBe(true);
      await ledger.take(aChunk(newsletter.id, 1, ["n1"]), "t");
      await ledger.record(chunkId(newsletter.id, 1), "t", {
        outcomes: bytes("sent"),
        complete: true,
      });
      expect(await ledger.chunk(chunk.id)).toEqual(chunk);
      expect(await ledger.chunk("none")).toBeUndefined();
      expect(
        (await all(ledger.chunks(newsletter.id))).map(({ number, complete }) => [number, complete]),
      ).toEqual([
        [0, false],
        [1, true],
        [2, false],
      ]);
    });

    it("keeps the rows that were left out, once each, in order", async () => {
      const { ledger, newsletter } = await withChunk();
      const refusals = Array.from({ length: 250 }, (_, index) => ({ row: index + 1, problem: `<${index}>` }));
      await ledger.addRefusals(newsletter.id, refusals.toReversed());
      await ledger.addRefusals(newsletter.id, refusals.slice(0, 10));
      expect(await all(ledger.refusals(newsletter.id))).toEqual(refusals);
      expect(await all(ledger.refusals("other"))).toEqual([]);
      await ledger.clearRefusals("other");
      expect(await all(ledger.refusals(newsletter.id))).toHaveLength(250);
      await ledger.clearRefusals(newsletter.id);
      expect(await all(ledger.refusals(newsletter.id))).toEqual([]);
    });

    describe("people", () => {
      it("knows whom a planner was told of, whom it has met, and nobody of another planner's", async () => {
        const { ledger } = await start();
        const { id } = aNewsletter();
        await ledger.begin(aNewsletter({ id }), planner("p"));
        await ledger.rememberPeople(id, "p", ["a", "b"]);
        await ledger.rememberPeople(id, "p", ["b", "c"]);
        expect(await ledger.meetPeople(id, "p", ["d", "b", "a"])).toEqual(["new", "known", "known"]);
        expect(await ledger.meetPeople(id, "p", ["c", "d", "b", "e"])).toEqual([
          "known",
          "again",
          "again",
          "new",
        ]);
        expect(await ledger.meetPeople(id, "q", ["a", "d"])).toEqual(["new", "new"]);
        expect(await ledger.meetPeople(id, "p", [])).toEqual([]);
        await ledger.forgetPeople(id, "p");
        expect(await ledger.meetPeople(id, "p", ["a", "d"])).toEqual(["new", "new"]);
        expect(await ledger.meetPeople(id, "q", ["a", "d"])).toEqual(["again", "again"]);
      });

      it("takes more at once than one question to the store holds", async () => {
        const { ledger } = await start();
        const { id } = aNewsletter();
        await ledger.begin(aNewsletter({ id }), planner("p"));
        const prints = Array.from({ length: 1_100 }, (_, index) => `p${index}`);
        await ledger.rememberPeople(id, "p", prints);
        const meetings = await ledger.meetPeople(id, "p", prints.slice(1_000).concat("other"));
        expect(new Set(meetings.slice(0, -1))).toEqual(new Set(["known"]));
        expect(meetings.at(-1)).toBe("new");
        await ledger.forgetPeople(id, "p");
        expect(new Set(await ledger.meetPeople(id, "p", prints.slice(0, 100)))).toEqual(new Set(["new"]));
      });

      it("are gone with their newsletter, whichever planner left them", async () => {
        const { ledger } = await start();
        const newsletter = aNewsletter();
        await ledger.begin(newsletter, planner("p"));
        await ledger.meetPeople(newsletter.id, "p", ["a"]);
        await ledger.setState(newsletter.id, "cancelled", ["running"]);
        expect(await ledger.remove(newsletter.id)).toBe(true);
        await ledger.begin(newsletter, planner("p"));
        expect(await ledger.meetPeople(newsletter.id, "p", ["a"])).toEqual(["new"]);
      });
    });

    describe("recording", () => {
      it("begins with nothing known, and goes on where it was left", async () => {
        const { under, ledger, chunk } = await withChunk();
        expect(await ledger.take(chunk, "one")).toEqual({ outcomes: new Uint8Array(3) });
        expect(
          await ledger.record(chunk.id, "one", {
            outcomes: bytes("sent", "deferred", "pending"),
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
        const { ledger, newsletter, chunk } = await withChunk();
        await ledger.take(chunk, "one");
        await ledger.take(chunk, "two");
        const notes = [{ index: 0, outcome: "rejected", response: "550" }] as const;
        expect(
          await ledger.record(chunk.id, "one", {
            outcomes: bytes("rejected", "pending", "pending"),
            answers: packAnswers(notes),
            complete: true,
          }),
        ).toBe(false);
        expect(await ledger.take(chunk, "three")).toEqual({ outcomes: new Uint8Array(3), previous: "two" });
        expect(await failuresOf(ledger, newsletter.id)).toEqual([]);
      });

      it("adds up over chunks", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        expect((await ledger.counts(newsletter.id)).sent).toBe(0);
        await ledger.addChunk(aChunk(newsletter.id, 1));
        for (const each of [chunk, aChunk(newsletter.id, 1)]) {
          await ledger.take(each, "t");
          await ledger.record(each.id, "t", {
            outcomes: bytes("sent", "sent", "unknown"),
            complete: false,
          });
        }
        expect(await ledger.counts(newsletter.id)).toMatchObject({
          sent: 4,
          unknown: 2,
          pending: 0,
          deferred: 0,
        });
      });

      it("tells who did not simply get the mail, and why, by the newest outcome", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        await ledger.take(chunk, "t");
        const notes = [
          { index: 0, outcome: "deferred", code: 450, response: "450 busy" },
          { index: 1, outcome: "rejected", code: 550, response: "550 <b@x.test>: nö 🎉" },
          { index: 2, outcome: "invalid", response: "no address" },
        ] as const;
        await ledger.record(chunk.id, "t", {
          outcomes: bytes("deferred", "rejected", "invalid"),
          answers: packAnswers(notes),
          complete: false,
        });
        expect(await failuresOf(ledger, newsletter.id)).toEqual([
          { recipient: "a@x.test", outcome: "deferred", code: 450, response: "450 busy" },
          { recipient: "b@x.test", outcome: "rejected", code: 550, response: "550 <b@x.test>: nö 🎉" },
          { recipient: "c@x.test", outcome: "invalid", response: "no address" },
        ]);
        await ledger.record(chunk.id, "t", {
          outcomes: bytes("sent", "rejected", "invalid"),
          complete: true,
        });
        expect((await failuresOf(ledger, newsletter.id)).map(({ recipient }) => recipient)).toEqual([
          "b@x.test",
          "c@x.test",
        ]);
      });
    });

    describe("answers", () => {
      async function answered() {
        const made = await withChunk();
        const { ledger, chunk } = made;
        await ledger.take(chunk, "t");
        const record = (notes: Parameters<typeof packAnswers>[0], ...outcomes: RecipientOutcome[]) =>
          ledger.record(chunk.id, "t", {
            outcomes: bytes(...outcomes),
            answers: packAnswers(notes),
            complete: false,
          });
        await record(
          [
            { index: 0, outcome: "sent", code: 250, response: "250 2.0.0 Ok: queued as 4dABC" },
            { index: 1, outcome: "deferred", code: 450, response: "450 busy" },
          ],
          "sent",
          "deferred",
          "pending",
        );
        return { ...made, record };
      }

      it("are kept for those who got the mail too, in the order in which they came", async () => {
        const { ledger, chunk, record } = await answered();
        await record([{ index: 1, outcome: "sent", response: "250 ok" }], "sent", "sent", "pending");
        const { outcomes, answers } = await ledger.results(chunk.id);
        expect([...outcomes]).toEqual([...bytes("sent", "sent", "pending")]);
        expect(
          answers.flatMap(unpackAnswers).map(({ index, outcome, response }) => [index, outcome, response]),
        ).toEqual([
          [0, "sent", "250 2.0.0 Ok: queued as 4dABC"],
          [1, "deferred", "450 busy"],
          [1, "sent", "250 ok"],
        ]);
        expect(await ledger.results("none")).toEqual({ outcomes: new Uint8Array(), answers: [] });
      });

      it("tell what became of each, and nothing of an outcome that is newer than they are", async () => {
        const { ledger, newsletter, record } = await answered();
        await record([], "sent", "failed", "pending");
        const found = (await ledger.find(newsletter.id))!;
        expect(await all(recipientOutcomes(found, ledger))).toEqual([
          {
            recipient: "a@x.test",
            outcome: "sent",
            code: 250,
            response: "250 2.0.0 Ok: queued as 4dABC",
            queueId: "4dABC",
            at: expect.any(Date),
          },
          { recipient: "b@x.test", outcome: "failed", response: "" },
          { recipient: "c@x.test", outcome: "pending", response: "" },
        ]);
      });

      it("are not kept of a chunk that was lost", async () => {
        const { ledger, chunk, record } = await answered();
        await ledger.take(chunk, "another");
        expect(await record([{ index: 2, outcome: "sent", response: "250" }], "sent", "sent", "sent")).toBe(
          false,
        );
        expect((await ledger.results(chunk.id)).answers).toHaveLength(1);
      });

      it("are counted over the time before now, by newsletter", async () => {
        const { ledger, newsletter } = await answered();
        const { count, ms } = await ledger.answeredWithin(newsletter.id, 60_000);
        expect(count).toBe(2);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThan(60_000);
        expect(await ledger.answeredWithin("other", 60_000)).toEqual({ count: 0, ms: 0 });
      });

      it("are found by whom they are for", async () => {
        const { ledger, newsletter, chunk } = await answered();
        const second = aChunk(newsletter.id, 1, ['quo"te', "ä", "aa"]);
        await ledger.addChunk(second);
        const numbersWith = async (identity: string) =>
          (await ledger.chunksWith(newsletter.id, identity)).map(({ number }) => number);
        expect(await numbersWith("b@x.test")).toEqual([chunk.number]);
        expect(await numbersWith('quo"te@x.test')).toEqual([1]);
        expect(await numbersWith("ä@x.test")).toEqual([1]);
        expect(await numbersWith("a@x")).toEqual([]);
        expect(await ledger.chunksWith("other", "b@x.test")).toEqual([]);
      });
    });

    describe("the end of what is known", () => {
      it("is that of everything, and only of what has ended", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        await ledger.addRefusals(newsletter.id, [{ row: 1, problem: "x" }]);
        await ledger.take(chunk, "t");
        const answers = packAnswers([{ index: 0, outcome: "sent", response: "250" }]);
        const progress = { outcomes: bytes("sent", "sent", "sent"), answers, complete: true };
        await ledger.record(chunk.id, "t", progress);
        expect(await ledger.remove(newsletter.id)).toBe(false);
        await ledger.setState(newsletter.id, "paused", ["running"]);
        expect(await ledger.remove(newsletter.id)).toBe(false);
        await ledger.setState(newsletter.id, "cancelled", ["paused"]);
        expect(await ledger.remove(newsletter.id)).toBe(true);
        expect(await ledger.remove(newsletter.id)).toBe(false);
        expect(await ledger.find(newsletter.id)).toBeUndefined();
        expect(await ledger.chunk(chunk.id)).toBeUndefined();
        expect(await ledger.results(chunk.id)).toEqual({ outcomes: new Uint8Array(), answers: [] });
        expect(await all(ledger.refusals(newsletter.id))).toEqual([]);
        expect(await ledger.record(chunk.id, "t", progress)).toBe(false);
        expect((await ledger.begin(newsletter, planner("p"))).turn).toBe("mine");
      });

      it("leaves the others alone", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        const other = aNewsletter();
        await ledger.begin(other, planner("p"));
        await ledger.setState(other.id, "cancelled", ["running"]);
        expect(await ledger.remove(other.id)).toBe(true);
        expect(await ledger.chunk(chunk.id)).toEqual(chunk);
        expect(await ledger.find(newsletter.id)).toBeDefined();
      });

      it("comes to those that ended long enough ago", async () => {
        const { ledger } = await start();
        const [running, cancelled, finished] = [aNewsletter(), aNewsletter(), aNewsletter()];
        for (const each of [running, cancelled, finished]) await ledger.begin(each, planner("p"));
        await ledger.setState(cancelled.id, "cancelled", ["running"]);
        await ledger.plan(finished.id, planner("p"), totals({ planned: true }));
        await ledger.finish(finished.id);
        expect(await ledger.endedBefore(60_000)).toEqual([]);
        await eventually("they have ended", async () => (await ledger.endedBefore(0)).length === 2);
        expect((await ledger.endedBefore(0)).toSorted()).toEqual([cancelled.id, finished.id].toSorted());
        expect((await ledger.find(cancelled.id))?.finishedAt).toEqual(expect.any(Date));
      });
    });

    describe("states", () => {
      it("change only from where they are said to be", async () => {
        const { ledger, newsletter } = await withChunk();
        expect(await ledger.setState(newsletter.id, "running", ["paused"])).toBe(false);
        expect(await ledger.setState(newsletter.id, "paused", ["running"])).toBe(true);
        expect((await ledger.find(newsletter.id))?.state).toBe("paused");
        expect(await ledger.setState("none", "paused", ["running"])).toBe(false);
      });

      it("come to an end once, when all is planned and complete", async () => {
        const { under, ledger, newsletter, chunk } = await withChunk();
        const other = await under.open();
        await ledger.take(chunk, "t");
        await ledger.record(chunk.id, "t", {
          outcomes: bytes("sent", "sent", "sent"),
          complete: true,
        });
        expect(await ledger.finish(newsletter.id)).toBe(false);
        await ledger.plan(newsletter.id, planner("p"), totals({ chunks: 2, recipients: 6, planned: true }));
        expect(await ledger.finish(newsletter.id)).toBe(false);
        await ledger.begin(newsletter, planner("p"));
        await ledger.plan(newsletter.id, planner("p"), totals({ chunks: 1, recipients: 3, planned: true }));
        const finished = await Promise.all([
          ledger.finish(newsletter.id),
          other.finish(newsletter.id),
          ledger.finish(newsletter.id),
        ]);
        expect(finished.filter(Boolean)).toHaveLength(1);
        expect(await ledger.find(newsletter.id)).toMatchObject({
          state: "finished",
          finishedAt: expect.any(Date),
        });
      });

      it("do not come to an end while paused", async () => {
        const { ledger, newsletter } = await withChunk();
        await ledger.plan(newsletter.id, planner("p"), totals({ planned: true }));
        await ledger.setState(newsletter.id, "paused", ["running"]);
        expect(await ledger.finish(newsletter.id)).toBe(false);
      });
    });

    describe("what nobody works on (rows 1.3 and 1.14)", () => {
      async function record(
        ledger: NewsletterStore,
        chunk: Chunk,
        complete: boolean,
        ...outcomes: RecipientOutcome[]
      ) {
        await ledger.take(chunk, "t");
        await ledger.record(chunk.id, "t", { outcomes: bytes(...outcomes), complete });
      }

      it("is found by the chunks that are not complete", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        const [second, third] = [aChunk(newsletter.id, 1), aChunk(newsletter.id, 2)];
        for (const each of [second, third, aChunk(newsletter.id, 3)]) await ledger.addChunk(each);
        // The planner has stored a fourth and not counted it yet.
        await ledger.plan(newsletter.id, planner("p"), totals({ chunks: 3 }));
        expect(await ledger.countIncomplete(newsletter.id)).toBe(3);
        await record(ledger, second, true, "sent", "sent", "sent");
        await record(ledger, third, false, "sent", "sent", "deferred");
        expect(await ledger.countIncomplete(newsletter.id)).toBe(2);
        expect(await ledger.incomplete(newsletter.id)).toEqual([chunk.id, third.id]);
        expect(await ledger.countIncomplete("none")).toBe(0);
        expect(await ledger.incomplete("none")).toEqual([]);
      });

      it("is looked for in newsletters that run, planned or not", async () => {
        const { ledger } = await start();
        const newsletters = [aNewsletter(), aNewsletter(), aNewsletter(), aNewsletter()];
        for (const newsletter of newsletters) await ledger.begin(newsletter, planner("p"));
        const [running, paused, cancelled, finished] = newsletters as [
          NewNewsletter,
          NewNewsletter,
          NewNewsletter,
          NewNewsletter,
        ];
        await ledger.setState(paused.id, "paused", ["running"]);
        await ledger.setState(cancelled.id, "cancelled", ["running"]);
        await ledger.plan(finished.id, planner("p"), totals({ planned: true }));
        await ledger.finish(finished.id);
        expect((await ledger.running()).map(({ id }) => id)).toEqual([running.id]);
      });

      it("may still be planned, which the planner's lease tells", async () => {
        const { ledger, newsletter } = await withChunk();
        expect(await ledger.isBeingPlanned(newsletter.id)).toBe(true);
        await ledger.plan(newsletter.id, planner("p", -1_000), totals());
        expect(await ledger.isBeingPlanned(newsletter.id)).toBe(false);
        await ledger.plan(newsletter.id, planner("p"), totals({ planned: true }));
        expect(await ledger.isBeingPlanned(newsletter.id)).toBe(false);
        expect(await ledger.isBeingPlanned("none")).toBe(false);
      });

      it("is made pending again by its outcome, once, where the chunk is complete", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        await ledger.plan(newsletter.id, planner("p"), totals({ chunks: 1 }));
        await record(ledger, chunk, false, "failed", "abandoned", "unknown");
        expect(await ledger.reopen(chunk.id, ["failed"])).toBe(0);
        await record(ledger, chunk, true, "failed", "abandoned", "unknown");
        expect(await ledger.reopen(chunk.id, ["rejected"])).toBe(0);
        expect(await ledger.countIncomplete(newsletter.id)).toBe(0);
        expect(await ledger.reopen(chunk.id, ["failed"])).toBe(2);
        expect(await ledger.reopen(chunk.id, ["failed"])).toBe(0);
        expect(await ledger.countIncomplete(newsletter.id)).toBe(1);
        expect(await ledger.counts(newsletter.id)).toMatchObject({ failed: 0, unknown: 1 });
        expect(
          await ledger.record(chunk.id, "t", {
            outcomes: bytes("sent", "sent", "sent"),
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
        const { ledger, newsletter, chunk } = await withChunk();
        await record(ledger, chunk, true, "abandoned", "crashed-once", "uncertain");
        expect(await ledger.counts(newsletter.id)).toMatchObject({ failed: 1, pending: 1, deferred: 1 });
        expect((await failuresOf(ledger, newsletter.id)).map(({ outcome }) => outcome)).toEqual([
          "failed",
          "deferred",
        ]);
      });

      it("makes a finished newsletter run again, without the time at which it was finished", async () => {
        const { ledger, newsletter, chunk } = await withChunk();
        await ledger.plan(newsletter.id, planner("p"), totals({ chunks: 1, recipients: 3, planned: true }));
        await record(ledger, chunk, true, "sent", "sent", "failed");
        expect(await ledger.finish(newsletter.id)).toBe(true);
        expect(await ledger.setState(newsletter.id, "running", ["finished"])).toBe(true);
        expect(await ledger.find(newsletter.id)).not.toHaveProperty("finishedAt");
      });
    });

    it("takes the same outcomes twice, and keeps whether it is a rehearsal (rows 1.1 and 1.6)", async () => {
      const { ledger, chunk, newsletter } = await withChunk();
      await ledger.take(chunk, "t");
      const notes = [{ index: 1, outcome: "rejected", code: 550, response: "550 no" }] as const;
      const progress = {
        outcomes: bytes("sent", "rejected", "sent"),
        answers: packAnswers(notes),
        complete: true,
      };
      for (let time = 1; time <= 2; time++) expect(await ledger.record(chunk.id, "t", progress)).toBe(true);
      expect(await failuresOf(ledger, newsletter.id)).toHaveLength(1);
      expect(await ledger.find(newsletter.id)).not.toHaveProperty("rehearsal");
      const rehearsal = aNewsletter({ rehearsal: true });
      await ledger.begin(rehearsal, planner("p"));
      expect(await ledger.find(rehearsal.id)).toMatchObject({ rehearsal: true });
    });

    it("gives newsletters in pages, by id, the newest first, each once while others are begun", async () => {
      const { ledger } = await start();
      const ids = Array.from({ length: 7 }, (_, index) => `c${index}`);
      for (const id of ids) await ledger.begin(aNewsletter({ id }), planner("p"));
      const seen: string[] = [];
      for (let after: string | undefined; ; ) {
        const page = await ledger.page({ limit: 3, ...(after !== undefined && { after }) });
        seen.push(...page.map(({ id }) => id));
        after = page.at(-1)?.id;
        if (page.length < 3) break;
        await ledger.begin(aNewsletter({ id: `d${seen.length}` }), planner("p"));
      }
      expect(seen).toEqual(ids.toReversed());
      expect(await ledger.page({ limit: 3, after: "c0" })).toEqual([]);
    });

    it("gives the rehearsals of a key, the newest first, and no newsletter that is only called alike", async () => {
      const { ledger } = await start();
      const begin = (id: string, key: string, rehearsal = true) =>
        ledger.begin(aNewsletter({ id, key, ...(rehearsal && { rehearsal }) }), planner("p"));
      await begin("r1", "news (rehearsal ffffffff)");
      await begin("r2", "news (rehearsal 00000000)");
      await begin("r3", "news 2 (rehearsal 00000000)");
      await begin("r4", "news (rehearsal 11111111)", false);
      await begin("r5", "news", false);
      await begin("r6", "news (rehearsal 77777777)");
      const ids = async (limit: number) =>
        (await ledger.page({ limit, rehearsalsOf: "news" })).map(({ id }) => id);
      expect(await ids(9)).toEqual(["r6", "r2", "r1"]);
      expect(await ids(2)).toEqual(["r6", "r2"]);
      expect(await ledger.page({ limit: 9, rehearsalsOf: "new" })).toEqual([]);
    });

    it("lists newsletters, newest first", async () => {
      const { ledger } = await start();
      const newsletters = [aNewsletter(), aNewsletter(), aNewsletter()];
      for (const newsletter of newsletters) {
        await ledger.begin(newsletter, planner("p"));
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
      expect((await ledger.list()).map(({ id }) => id)).toEqual(newsletters.map(({ id }) => id).toReversed());
    });
  });
}
