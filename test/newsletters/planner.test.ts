import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Audience } from "../../src/broadcasting.ts";
import { InvalidArgumentsError } from "../../src/errors.ts";
import type { NewJob } from "../../src/job-record.ts";
import { defaultIdentity } from "../../src/newsletters/identity.ts";
import { type BroadcastLedger, chunkId } from "../../src/newsletters/ledger.ts";
import { Planner } from "../../src/newsletters/planner.ts";
import type { Performable } from "../../src/performable.ts";
import { SqliteBroadcastLedger } from "../../src/stores/sqlite/broadcast-ledger.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/job-store.ts";
import { aBroadcast } from "../contracts/broadcast-ledger.ts";

const row = z.object({ email: z.email() });

const performable: Performable = {
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

async function setup() {
  const database = await openDatabase(":memory:");
  const ledger = new SqliteBroadcastLedger(database);
  const jobs = new SqliteJobStore(database);
  const broadcast = aBroadcast({ chunkSize: 4 });
  const plan = async (
    audience: Audience<unknown>,
    using: Partial<{ ledger: BroadcastLedger; leaseMs: number }> = {},
  ) => {
    const planner = { token: randomUUID(), leaseMs: using.leaseMs ?? 30_000 };
    const { record, mine } = await ledger.begin(broadcast, planner);
    if (!mine) return undefined;
    const options = { ledger, jobs, performable, planner, identify: defaultIdentity, ...using };
    return new Planner({ ...options, broadcast: record }).run(audience);
  };
  const planned = async () => {
    const people: string[] = [];
    for await (const { identities } of ledger.chunks(broadcast.id)) people.push(...identities);
    return people;
  };
  const totals = async () => (await ledger.find(broadcast.id))?.totals;
  return { ledger, jobs, broadcast, plan, planned, totals };
}

const people = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ email: `p${from + index}@x.test` }));
const emails = (from: number, to: number) => people(from, to).map(({ email }) => email);

describe("planning a newsletter", () => {
  it("makes chunks in order, each with a job of its own", async () => {
    const { jobs, broadcast, plan, planned, totals } = await setup();
    expect(await plan(people(0, 10))).toBe(true);
    expect(await planned()).toEqual(emails(0, 10));
    expect(await totals()).toEqual({ chunks: 3, recipients: 10, duplicates: 0, refused: 0 });
    const keys = (await jobs.find({ group: broadcast.id })).map(({ uniqueKey }) => uniqueKey);
    expect(keys).toEqual([0, 1, 2].map((number) => chunkId(broadcast.id, number)));
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
    const { ledger, broadcast, plan, planned, totals } = await setup();
    await plan([...people(0, 1), { email: "nonsense" }, ...people(1, 2), {}, null]);
    expect(await planned()).toEqual(emails(0, 2));
    expect(await totals()).toMatchObject({ recipients: 2, refused: 3 });
    const refusals = [];
    for await (const refusal of ledger.refusals(broadcast.id)) refusals.push(refusal);
    expect(refusals.map((refusal) => refusal.row)).toEqual([2, 4, 5]);
    expect(refusals[0]?.problem).toContain("Invalid email address");
  });

  it("plans nobody for an empty audience", async () => {
    const { plan, totals } = await setup();
    expect(await plan([])).toBe(true);
    expect(await totals()).toEqual({ chunks: 0, recipients: 0, duplicates: 0, refused: 0 });
  });

  it("goes on after an audience that broke, without planning anyone twice", async () => {
    const { jobs, plan, planned, totals } = await setup();
    function* broken() {
      yield* people(0, 6);
      throw new Error("the cursor is gone");
    }
    await expect(plan(broken(), { leaseMs: -1 })).rejects.toThrow("the cursor is gone");
    expect(await plan(people(0, 10))).toBe(true);
    expect((await planned()).toSorted()).toEqual(emails(0, 10).toSorted());
    expect(await totals()).toMatchObject({ chunks: 3, recipients: 10, duplicates: 0 });
    expect(await jobs.count({})).toBe(3);
  });

  it("gives a stored chunk the job that a dead planner did not come to store", async () => {
    const { jobs, plan } = await setup();
    const insert = jobs.insert.bind(jobs);
    jobs.insert = async () => {
      throw new Error("killed");
    };
    await expect(plan(people(0, 10), { leaseMs: -1 })).rejects.toThrow("killed");
    jobs.insert = insert;
    expect(await jobs.count({})).toBe(0);
    await plan(people(0, 10));
    expect(await jobs.count({})).toBe(3);
  });

  it("is done by one of two that begin at once", async () => {
    const { plan, planned } = await setup();
    const answers = await Promise.all([plan(people(0, 10)), plan(people(0, 10))]);
    expect(answers).toEqual(expect.arrayContaining([true, undefined]));
    expect(await planned()).toEqual(emails(0, 10));
  });

  it("stops when another planner has taken over, and leaves nobody out or in twice", async () => {
    const { plan, planned } = await setup();
    let other: Promise<boolean | undefined> = Promise.resolve(undefined);
    async function* slow() {
      yield* people(0, 5);
      other = plan(people(0, 10));
      await other;
      yield* people(5, 10);
    }
    expect(await plan(slow(), { leaseMs: -1 })).toBe(false);
    expect(await other).toBe(true);
    expect((await planned()).toSorted()).toEqual(emails(0, 10).toSorted());
  });

  it("stops when the send-out is cancelled", async () => {
    const { ledger, broadcast, plan, planned } = await setup();
    async function* cancelled() {
      yield* people(0, 5);
      await ledger.setState(broadcast.id, "cancelled", ["running"]);
      yield* people(5, 50);
    }
    expect(await plan(cancelled())).toBe(false);
    expect((await planned()).length).toBeLessThan(12);
  });

  it("puts its jobs where the send-out says", async () => {
    const { jobs, plan } = await setup();
    await plan(people(0, 1));
    const [job] = (await jobs.find({})) as readonly NewJob[];
    expect(job).toMatchObject({ queue: "newsletters", priority: 10, maxAttempts: 25 });
  });
});
