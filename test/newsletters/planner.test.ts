import { randomUUID } from "node:crypto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { InvalidArgumentsError, PlanningError, StoreError } from "../../src/errors/errors.ts";
import type { JobHandler } from "../../src/jobs/handler.ts";
import type { NewJob } from "../../src/jobs/job-record.ts";
import type { Audience } from "../../src/jobs/newsletter.ts";
import { defaultIdentity } from "../../src/newsletters/identity.ts";
import { chunkId, type NewsletterStore, type Refusal } from "../../src/newsletters/newsletter-store.ts";
import { byteOf } from "../../src/newsletters/outcome.ts";
import { peopleInStore } from "../../src/newsletters/people.ts";
import { Planner } from "../../src/newsletters/planner.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { SqliteNewsletterStore } from "../../src/stores/sqlite/newsletters/newsletter-store.ts";
import { aChunk, aNewsletter } from "../contracts/newsletter-store.ts";

const row = z.object({ email: z.email() });

const handler: JobHandler = {
  name: "NewsMailer",
  aliases: [],
  settings: {},
  has: () => true,
  actions: () => [],
  check: async (action, [recipient, ...rest]) => {
    const result = row.safeParse(recipient);
    if (result.success) return [result.data, ...rest];
    throw new InvalidArgumentsError("NewsMailer", action, ["args[0].email: Invalid email address"]);
  },
  perform: async () => undefined,
};

interface PlanWith {
  ledger: NewsletterStore;
  leaseMs: number;
  identify: (row: unknown) => string;
  /** Where who was met is kept. */
  inStore: boolean;
}

async function setup(now: () => number = Date.now) {
  const database = await openDatabase(":memory:");
  const ledger = new SqliteNewsletterStore(database, { now });
  const jobs = new SqliteJobStore(database);
  const newsletter = aNewsletter({ chunkSize: 4 });
  const begin = async (leaseMs = 30_000) => {
    const planner = { token: randomUUID(), leaseMs };
    const begun = await ledger.begin(newsletter, planner);
    return { ...begun, planner };
  };
  /** @returns whose turn it was; nothing is planned when it was not ours */
  const plan = async (audience: Audience<unknown>, { inStore, ...using }: Partial<PlanWith> = {}) => {
    const { record, turn, planner } = await begin(using.leaseMs);
    if (turn !== "mine") return turn;
    const options = { ledger, jobs, handler, planner, identify: defaultIdentity, ...using };
    const people = inStore && { people: peopleInStore(using.ledger ?? ledger, record.id, planner.token) };
    await new Planner({ ...options, ...people, newsletter: record }).run(audience);
    return turn;
  };
  const refusals = async () => {
    const found: Refusal[] = [];
    for await (const refusal of ledger.refusals(newsletter.id)) found.push(refusal);
    return found;
  };
  const record = () => ledger.find(newsletter.id);
  const planned = async () => {
    const people: string[] = [];
    for await (const { identities } of ledger.chunks(newsletter.id)) people.push(...identities);
    return people;
  };
  const totals = async () => (await ledger.find(newsletter.id))?.totals;
  return { ledger, jobs, newsletter, begin, plan, planned, totals, refusals, record };
}

const people = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ email: `p${from + index}@x.test` }));
const emails = (from: number, to: number) => people(from, to).map(({ email }) => email);

describe("planning a newsletter", () => {
  it("makes chunks in order, each with a job of its own", async () => {
    const { jobs, newsletter, plan, planned, totals } = await setup();
    await plan(people(0, 10));
    expect(await planned()).toEqual(emails(0, 10));
    expect(await totals()).toEqual({ chunks: 3, recipients: 10, duplicates: 0, refused: 0 });
    const keys = (await jobs.find({ group: newsletter.id })).map(({ uniqueKey }) => uniqueKey);
    expect(keys).toEqual([0, 1, 2].map((number) => chunkId(newsletter.id, number)));
  });

  it("stores each chunk before it reads on: nobody's audience is held in memory", async () => {
    const { jobs, plan } = await setup();
    const waiting: number[] = [];
    let read = 0;
    async function* audience() {
      for (const person of people(0, 10_000)) {
        read += 1;
        if (read % 1_000 === 0) waiting.push(read - 4 * (await jobs.count({})));
        yield person;
      }
    }
    await plan(audience());
    expect(Math.max(...waiting)).toBeLessThanOrEqual(4);
    expect(await jobs.count({})).toBe(2_500);
  });

  it("plans a person once, whatever the letters, and counts the rest", async () => {
    const { plan, planned, totals } = await setup();
    await plan([...people(0, 3), { email: "P1@X.test" }, ...people(0, 5)]);
    expect(await planned()).toEqual(emails(0, 5));
    expect(await totals()).toMatchObject({ recipients: 5, duplicates: 4 });
  });

  it("leaves out rows that do not fit, with their number and problem", async () => {
    const { refusals, plan, planned, totals } = await setup();
    await plan([...people(0, 1), { email: "nonsense" }, ...people(1, 2), {}, null]);
    expect(await planned()).toEqual(emails(0, 2));
    expect(await totals()).toMatchObject({ recipients: 2, refused: 3 });
    expect((await refusals()).map(({ row }) => row)).toEqual([2, 4, 5]);
    expect((await refusals())[0]?.problem).toContain("Invalid email address");
  });

  it("plans nobody for an empty audience", async () => {
    const { plan, totals } = await setup();
    await plan([]);
    expect(await totals()).toEqual({ chunks: 0, recipients: 0, duplicates: 0, refused: 0 });
  });

  it("gives a stored chunk the job that a dead planner did not come to store", async () => {
    const { jobs, plan } = await setup();
    const insert = jobs.insert.bind(jobs);
    jobs.insert = async () => {
      throw new Error("killed");
    };
    await expect(plan(people(0, 10))).rejects.toThrow("killed");
    jobs.insert = insert;
    expect(await jobs.count({})).toBe(0);
    await plan(people(0, 10));
    expect(await jobs.count({})).toBe(3);
  });

  it("is done by one of two that begin at once", async () => {
    const { plan, planned } = await setup();
    const answers = await Promise.all([plan(people(0, 10)), plan(people(0, 10))]);
    expect(answers.toSorted()).toEqual(["mine", "taken"]);
    expect(await planned()).toEqual(emails(0, 10));
  });

  it("lets timers have their turn, though nobody it works with ever does", async () => {
    const { plan } = await setup();
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await plan(Array.from({ length: 20_000 }, () => ({ email: "same@x.test" })));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });

  it("puts its jobs where the send-out says", async () => {
    const { jobs, plan } = await setup();
    await plan(people(0, 1));
    const [job] = (await jobs.find({})) as readonly NewJob[];
    expect(job).toMatchObject({ queue: "newsletters", priority: 10, maxAttempts: 25 });
  });
});

describe("planning a newsletter that breaks off", () => {
  function* broken(count: number) {
    yield* people(0, count);
    throw new Error("the cursor is gone");
  }

  it.each([[0], [2], [6]])(
    "after %i rows says so, names the key, and lets the next go on at once",
    async (count) => {
      const { newsletter, jobs, plan, planned, totals, record } = await setup();
      const error: unknown = await plan(broken(count)).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(PlanningError);
      expect(error).toMatchObject({
        key: newsletter.key,
        reason: "failed",
        cause: { message: "the cursor is gone" },
      });
      expect(String(error)).toContain(`the cursor is gone (after ${count} rows)`);
      expect(String(error)).toContain(`with the key "${newsletter.key}" to go on`);
      expect((await record())?.planned).toBe(false);
      expect(await plan(people(0, 10))).toBe("mine");
      expect((await planned()).toSorted()).toEqual(emails(0, 10));
      expect(await totals()).toMatchObject({ recipients: 10, duplicates: 0, refused: 0 });
      expect(await jobs.count({})).toBe((await totals())?.chunks);
    },
  );

  it("counts duplicates and refused rows once, however often they are read", async () => {
    const { plan, totals, refusals } = await setup();
    const rows = [...people(0, 3), { email: "p1@x.test" }, {}, ...people(3, 6), {}, { email: "p4@x.test" }];
    function* brokenRows() {
      yield* rows;
      throw new Error("gone");
    }
    for (let time = 0; time < 2; time++) await expect(plan(brokenRows())).rejects.toThrow("gone");
    await plan([...rows, ...people(6, 7)]);
    expect(await totals()).toMatchObject({ recipients: 7, duplicates: 2, refused: 2 });
    expect((await refusals()).map(({ row }) => row)).toEqual([5, 9]);
  });

  it("because a row is a promise that fails, or the audience gives no iterator that works", async () => {
    const { plan } = await setup();
    const rows = [Promise.resolve({ email: "a@x.test" }), Promise.reject(new Error("row 2"))];
    await expect(plan(rows)).rejects.toThrow("row 2 (after 1 rows)");
    const useless = { [Symbol.iterator]: () => ({ next: () => 5 }) };
    await expect(plan(useless as unknown as Audience<unknown>)).rejects.toThrow(PlanningError);
    expect(await plan(people(0, 1))).toBe("mine");
  });

  it("closes its audience, and tells why it stopped, not what closing threw", async () => {
    const { ledger, newsletter, plan } = await setup();
    let closed = 0;
    const rows = people(0, 100)[Symbol.iterator]();
    const audience = {
      [Symbol.iterator]: () => ({
        next: () => rows.next(),
        return: () => {
          closed += 1;
          throw new Error("cannot be closed");
        },
      }),
    };
    const addChunk = ledger.addChunk.bind(ledger);
    ledger.addChunk = async () => {
      throw new StoreError("the disk is full");
    };
    await expect(plan(audience)).rejects.toThrow("the disk is full");
    ledger.addChunk = addChunk;
    expect(closed).toBe(1);
    expect((await ledger.begin(newsletter, { token: "next", leaseMs: 1 })).turn).toBe("mine");
  });

  it("when another planner has taken over: it says so, and nobody is left out or in twice", async () => {
    const { plan, planned } = await setup();
    let other: Promise<string> | undefined;
    async function* slow() {
      yield* people(0, 5);
      other = plan(people(0, 10));
      await other;
      yield* people(5, 10);
    }
    const error: unknown = await plan(slow(), { leaseMs: -1_000_000 }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "PLANNING", reason: "taken-over" });
    expect(await other).toBe("mine");
    expect((await planned()).toSorted()).toEqual(emails(0, 10));
  });

  it("when it is cancelled while it waits for a row that never comes", async () => {
    const { ledger, newsletter, plan } = await setup();
    const waiting = promised();
    async function* stuck() {
      yield* people(0, 5);
      waiting.resolve();
      await new Promise(() => undefined);
    }
    const planning = plan(stuck(), { leaseMs: 30 }).catch((thrown: unknown) => thrown);
    await waiting.promise;
    await ledger.setState(newsletter.id, "cancelled", ["running"]);
    expect(await planning).toMatchObject({ reason: "cancelled" });
  });

  it("when it is cancelled", async () => {
    const { ledger, newsletter, plan, planned } = await setup();
    async function* cancelled() {
      yield* people(0, 5);
      await ledger.setState(newsletter.id, "cancelled", ["running"]);
      yield* people(5, 50);
    }
    const error: unknown = await plan(cancelled()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "cancelled", key: newsletter.key });
    expect((await planned()).length).toBeLessThan(12);
  });

  it("because the other arguments fit nobody, instead of refusing every row", async () => {
    const { plan, totals } = await setup();
    const check = handler.check;
    const wrong = new InvalidArgumentsError("NewsMailer", "weekly", ["args[1]: Expected a number"]);
    handler.check = async () => Promise.reject(wrong);
    await expect(plan(people(0, 3))).rejects.toBe(wrong);
    handler.check = check;
    expect(await plan(people(0, 3))).toBe("mine");
    expect(await totals()).toMatchObject({ recipients: 3, refused: 0 });
  });
});

describe("a planner's lease", () => {
  it("is kept while the audience is slow", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    let time = 0;
    const { ledger, begin, plan, totals } = await setup(() => time);
    const renew = vi.spyOn(ledger, "renewPlanner");
    let turn = "";
    async function* slow() {
      yield* people(0, 2);
      for (let third = 1; third <= 9; third++) {
        time += 10_000;
        vi.advanceTimersByTime(10_000);
        await expect.poll(() => renew.mock.settledResults.length).toBe(third);
      }
      turn = (await begin()).turn;
      yield* people(2, 4);
    }
    await plan(slow(), { leaseMs: 30_000 });
    expect(turn).toBe("taken");
    expect(await totals()).toMatchObject({ recipients: 4 });
  });

  it("survives a store that does not take a renewal", async () => {
    const { ledger, plan, totals } = await setup();
    const renewPlanner = ledger.renewPlanner.bind(ledger);
    const renewed = promised();
    let asked = 0;
    ledger.renewPlanner = async (...args) => {
      asked += 1;
      if (asked === 1) throw new StoreError("not now");
      const isMine = await renewPlanner(...args);
      renewed.resolve();
      return isMine;
    };
    async function* slow() {
      yield* people(0, 2);
      await renewed.promise;
      yield* people(2, 4);
    }
    await plan(slow(), { leaseMs: 60 });
    expect(await totals()).toMatchObject({ recipients: 4 });
  });
});

describe("planning again what was planned to the end", () => {
  it("plans whoever was added since, and makes a finished newsletter run again", async () => {
    const { ledger, newsletter, plan, planned, record } = await setup();
    await plan(people(0, 5));
    await complete(ledger, newsletter.id);
    expect((await record())?.state).toBe("finished");
    await plan([...people(0, 2), ...people(5, 7), ...people(2, 5), {}]);
    expect(await planned()).toEqual(emails(0, 7));
    expect(await record()).toMatchObject({
      state: "running",
      planned: true,
      totals: { chunks: 3, recipients: 7, duplicates: 0, refused: 1 },
    });
  });

  it("changes nothing when nobody was added, and gives lost jobs back", async () => {
    const { ledger, jobs, newsletter, plan, record } = await setup();
    await plan(people(0, 10));
    const [lost] = await jobs.find({ group: newsletter.id });
    await jobs.remove(lost?.id ?? "");
    await plan(people(0, 10));
    expect(await jobs.count({})).toBe(3);
    await complete(ledger, newsletter.id);
    for (const { id } of await jobs.find({ group: newsletter.id })) await jobs.remove(id);
    await plan(people(0, 10));
    expect(await record()).toMatchObject({ state: "finished", planned: true, totals: { recipients: 10 } });
    expect(await jobs.count({})).toBe(0);
  });

  it("takes up the chunk that a planner stored after it had lost its lease", async () => {
    const { ledger, jobs, newsletter, plan, planned, record } = await setup();
    await plan(people(0, 4));
    await complete(ledger, newsletter.id);
    await ledger.addChunk(aChunk(newsletter.id, 1, ["late"]));
    await plan(people(0, 5));
    expect(await planned()).toEqual([...emails(0, 4), "late@x.test", ...emails(4, 5)]);
    expect(await record()).toMatchObject({ state: "running", totals: { chunks: 3, recipients: 6 } });
    const keys = (await jobs.find({ group: newsletter.id })).map(({ uniqueKey }) => uniqueKey);
    expect(keys).toEqual(expect.arrayContaining([1, 2].map((number) => chunkId(newsletter.id, number))));
  });

  it("gives a job to the chunk that another was first to store", async () => {
    const { ledger, jobs, newsletter, plan, planned } = await setup();
    async function* audience() {
      yield* people(0, 3);
      await ledger.addChunk(aChunk(newsletter.id, 0, ["p1", "p9"]));
      yield* people(3, 5);
    }
    await plan(audience());
    expect((await planned()).toSorted()).toEqual([...emails(0, 5), "p9@x.test"]);
    expect(await jobs.count({})).toBe(3);
  });
});

describe("a row that cannot be stored", () => {
  const identify = () => randomUUID();

  it("is refused with its number; nobody after it is harmed", async () => {
    const { ledger, plan, planned, refusals } = await setup();
    const small: NewsletterStore = bounded(ledger, 2_000);
    const rows = [
      { email: "a@x.test" },
      { email: `${"b".repeat(2_000)}@x.test` },
      { email: "c@x.test", at: () => 1 },
      { email: "d@x.test" },
    ];
    const check = handler.check;
    handler.check = async (_, args) => args;
    await plan(rows, { ledger: small });
    handler.check = check;
    expect(await planned()).toEqual(["a@x.test", "d@x.test"]);
    expect((await refusals()).map(({ row, problem }) => `${row}: ${problem}`)).toEqual([
      expect.stringMatching(/^2: .*(at most 1000|bytes \(at most 2000\))/),
      expect.stringMatching(/^3: recipient.at is a function/),
    ]);
  });

  it("is one whose identity is no text", async () => {
    const { plan, refusals } = await setup();
    await plan(people(0, 2), { identify: (() => undefined) as unknown as typeof identify });
    expect((await refusals()).map(({ problem }) => problem)).toEqual([
      expect.stringContaining("identify gave a value of type undefined"),
      expect.stringContaining("identify gave a value of type undefined"),
    ]);
  });

  it("makes room: chunks hold at most so many bytes, whatever their chunkSize", async () => {
    const { ledger, newsletter, plan, totals } = await setup();
    const small = bounded(ledger, 3 * ledger.sizeOfRow({ email: "p0@x.test" }, "p0@x.test"));
    await plan(people(0, 10), { ledger: small });
    expect(await totals()).toMatchObject({ chunks: 4, recipients: 10 });
    for await (const { recipients } of ledger.chunks(newsletter.id))
      expect(recipients.length).toBeLessThanOrEqual(3);
  });

  it("is planned as it was when it was read, though its cursor uses one object for all", async () => {
    const { ledger, newsletter, plan } = await setup();
    const row = { email: "" };
    function* reusing() {
      for (const { email } of people(0, 4)) yield Object.assign(row, { email });
    }
    const check = handler.check;
    handler.check = async (_, args) => args;
    await plan(reusing());
    handler.check = check;
    expect((await ledger.chunk(chunkId(newsletter.id, 0)))?.recipients).toEqual(people(0, 4));
  });
});

/** A promise, and what resolves it. */
function promised() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: () => resolve() };
}

/** The same ledger, whose chunks hold less. */
function bounded(ledger: NewsletterStore, maxChunkBytes: number): NewsletterStore {
  return new Proxy(ledger, {
    get: (target, name) => {
      if (name === "maxChunkBytes") return maxChunkBytes;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Sends all that is planned, as far as the ledger can tell. */
async function complete(ledger: NewsletterStore, newsletter: string): Promise<void> {
  for await (const chunk of ledger.chunks(newsletter)) {
    const outcomes = new Uint8Array(chunk.recipients.length).fill(byteOf("sent"));
    await ledger.take(chunk, "t");
    await ledger.record(chunk.id, "t", { outcomes, complete: true });
  }
  await ledger.finish(newsletter);
}

describe("planning with who was met in the store", () => {
  it("plans everybody once, whoever was planned before and stands twice, and leaves nothing behind", async () => {
    const { ledger, newsletter, plan, planned, totals } = await setup();
    await plan(people(0, 6), { inStore: true });
    const audience = [...people(3, 9), ...people(4, 5), ...people(8, 2_500), ...people(2_000, 2_003)];
    await plan(audience, { inStore: true });
    expect(await planned()).toEqual(emails(0, 2_500));
    expect(await totals()).toMatchObject({ recipients: 2_500, duplicates: 5, refused: 0 });
    // Nobody is known any more, by whatever name the planner goes.
    expect(await ledger.meetPeople(newsletter.id, "anybody", ["x"])).toEqual(["new"]);
  });

  it("goes on after a planner that failed in the middle, whom nobody's plan forgets", async () => {
    const { plan, planned } = await setup();
    function* broken() {
      yield* people(0, 1_005);
      throw new Error("the cursor is gone");
    }
    await expect(plan(broken(), { inStore: true })).rejects.toThrow("the cursor is gone");
    await plan(people(0, 1_010), { inStore: true });
    expect(await planned()).toEqual(emails(0, 1_010));
  });

  it("does what it does with who was met in memory", async () => {
    const audience = [...people(0, 30), { email: "none" }, ...people(10, 40), ...people(5, 7)];
    const plans = await Promise.all(
      [false, true].map(async (inStore) => {
        const { plan, planned, totals } = await setup();
        await plan(audience, { inStore });
        return [await planned(), await totals()];
      }),
    );
    expect(plans[0]).toEqual(plans[1]);
  });
});
