import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { UnknownPolicy } from "../../src/delivery/verdict.ts";
import { type EventMap, Events } from "../../src/events.ts";
import type { Attempt } from "../../src/jobs/handler.ts";
import { abandonChunk } from "../../src/newsletters/abandon-chunk.ts";
import { CHUNK_SENDER, SEND_CHUNK } from "../../src/newsletters/chunk-job.ts";
import { ChunkSender, type SendOneOptions } from "../../src/newsletters/chunk-sender.ts";
import { Journals } from "../../src/newsletters/journal/journals.ts";
import { sweepJournals } from "../../src/newsletters/journal-sweep.ts";
import { byteOf, outcomeOf } from "../../src/newsletters/outcome.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteNewsletterStore } from "../../src/stores/sqlite/newsletters/newsletter-store.ts";
import type { Outcome } from "../../src/transports/transport.ts";
import { aChunk, aNewsletter, failuresOf } from "../contracts/newsletter-store.ts";
import { SAYING } from "../support/attempts.ts";

const SENT: Outcome = { class: "sent", code: 250, response: "250 ok", accepted: ["x"], refused: [] };
const REFUSED: Outcome = { class: "rejected", code: 550, response: "550 no", accepted: [], refused: [] };
const never = new Promise<never>(() => undefined);

/** How far the mail of one recipient gets before its process is gone: then nothing of the attempt goes on. */
type Fate = "answered" | "refused" | "dot" | "before the dot";

async function meet(fate: Fate | undefined, { onFinalDot, onAnswer }: SendOneOptions): Promise<Outcome> {
  if (fate === "before the dot") return never;
  onFinalDot?.();
  if (fate === "dot") return never;
  const outcome = fate === "refused" ? REFUSED : SENT;
  onAnswer?.(outcome);
  return fate === undefined ? outcome : never;
}

const IN_HAND = { a: "before the dot", b: "before the dot", c: "before the dot" } as const;

interface Run {
  readonly crashes?: number;
  readonly concurrency?: number;
}

async function setup(unknown: UnknownPolicy = "resend") {
  const home = mkdtempSync(join(tmpdir(), "journaled-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, "journal");
  const ledger = new SqliteNewsletterStore(await openDatabase(":memory:"));
  const newsletter = aNewsletter();
  const chunk = aChunk(newsletter.id, 0, ["a", "b", "c", "d"]);
  const planner = { token: "p", leaseMs: 30_000 };
  await ledger.begin(newsletter, planner);
  await ledger.addChunk(chunk);
  const totals = { chunks: 1, recipients: 4, duplicates: 0, refused: 0, planned: true };
  await ledger.plan(newsletter.id, planner, totals);
  const events = new Events();
  const told: [string, object][] = [];
  events.onAny((name, payload) => told.push([name, payload]));
  const journals = new Journals({ folder, events });
  const perform = (token: string, fates: Readonly<Record<string, Fate>> = {}, run: Run = {}) => {
    const { crashes = 0, concurrency = 4 } = run;
    const seen: string[] = [];
    const sender = new ChunkSender({
      ...{ ledger, events, journals, concurrency, unknown },
      sendOne: async ({ args: [recipient] }, options) => {
        const name = (recipient as { email: string }).email[0] ?? "";
        seen.push(name);
        return meet(fates[name], options);
      },
    });
    const attempt: Attempt = {
      ...{ jobId: "j", number: 1, maxAttempts: 25, crashes, checkpoint: undefined, token },
      signal: new AbortController().signal,
      isLive: () => true,
      forgiveCrashes: async () => true,
      ...SAYING,
    };
    const call = { handler: CHUNK_SENDER, action: SEND_CHUNK, args: [chunk.id], params: {}, meta: {} };
    return { seen, performed: sender.perform(call, attempt) };
  };
  const look = async () => {
    const failures = await failuresOf(ledger, newsletter.id);
    const stored = failures.map(({ recipient, outcome }) => `${recipient[0]} ${outcome}`);
    return { stored, sent: (await ledger.counts(newsletter.id)).sent };
  };
  const files = () => (existsSync(folder) ? readdirSync(folder) : []);
  const toldOf = <N extends keyof EventMap>(name: N) =>
    told.flatMap(([each, payload]) => (each === name ? [payload as EventMap[N]] : []));
  return { ledger, newsletter, chunk, folder, journals, events, perform, look, files, told: toldOf, unknown };
}

/** An attempt that is killed when everybody's mail has met his fate. */
async function killed(
  { perform }: Awaited<ReturnType<typeof setup>>,
  fates: Readonly<Record<string, Fate>>,
): Promise<void> {
  const { seen } = perform("one", fates);
  await expect.poll(() => seen).toHaveLength(4);
}

it("nobody whose mail was answered is sent to again, only whose dot may have left, and who certainly got nothing (row 1.12)", async () => {
  const chunk = await setup();
  await killed(chunk, { a: "answered", b: "refused", c: "dot", d: "before the dot" });
  const { seen, performed } = chunk.perform("two");
  await performed;
  expect(seen.toSorted()).toEqual(["c", "d"]);
  expect(await chunk.look()).toEqual({ sent: 3, stored: ["b rejected"] });
  expect(chunk.told("newsletter.replayed")).toMatchObject([{ outcomes: 2, unanswered: 1 }]);
  expect(chunk.files()).toEqual([]);
});

it("where mails may not come twice only the one whose dot may have left is held (row 1.5)", async () => {
  const chunk = await setup("hold");
  await killed(chunk, { a: "answered", b: "answered", c: "dot", d: "before the dot" });
  const { seen, performed } = chunk.perform("two");
  await performed;
  expect(seen).toEqual(["d"]);
  expect(await chunk.look()).toEqual({ sent: 3, stored: ["c unknown"] });
});

it("only those in hand are suspected of the death of the process: the others are sent to at once, and they come last", async () => {
  const chunk = await setup();
  const first = chunk.perform("one", IN_HAND, { concurrency: 3 });
  await expect.poll(() => first.seen).toEqual(["a", "b", "c"]);
  const second = chunk.perform("two", IN_HAND, { crashes: 1 });
  await expect.poll(() => second.seen).toEqual(["d", "a"]);
  const third = chunk.perform("three", {}, { crashes: 2 });
  await third.performed;
  expect(third.seen).toEqual(["a", "b", "c"]);
  expect(await chunk.look()).toEqual({ sent: 4, stored: [] });
});

it("an attempt that ends well leaves no journal", async () => {
  const chunk = await setup();
  await chunk.perform("one").performed;
  expect(chunk.files()).toEqual([]);
});

it("when two workers died one after the other, both journals count", async () => {
  const chunk = await setup();
  await killed(chunk, { a: "answered", b: "dot", c: "dot", d: "before the dot" });
  const second = chunk.perform("two", { b: "answered", c: "answered" });
  await expect.poll(() => second.seen.toSorted()).toEqual(["b", "c"]);
  const { seen, performed } = chunk.perform("three");
  await performed;
  expect(seen).toEqual(["d"]);
  expect(await chunk.look()).toEqual({ sent: 4, stored: [] });
});

it("a chunk that is given up has the outcomes of its journal", async () => {
  const chunk = await setup();
  await killed(chunk, { a: "answered", b: "refused", c: "dot", d: "before the dot" });
  await abandonChunk(chunk.chunk.id, "too many crashes", chunk);
  expect(await chunk.look()).toEqual({ sent: 1, stored: ["b rejected", "c unknown", "d failed"] });
  expect(chunk.files()).toEqual([]);
});

it("a journal whose chunk another machine has completed is told of where it says otherwise, and removed", async () => {
  const chunk = await setup();
  const { ledger, folder, files, told } = chunk;
  await killed(chunk, { a: "answered", b: "answered", c: "dot", d: "before the dot" });
  await ledger.take(chunk.chunk, "elsewhere");
  const outcomes = Uint8Array.from(["sent", "unknown", "sent", "sent"] as const, byteOf);
  await ledger.record(chunk.chunk.id, "elsewhere", { outcomes, complete: true });
  const [file = ""] = files();
  const then = Date.now() / 1000 - 120;
  utimesSync(join(folder, file), then, then);
  // As another machine's, whose processes nobody here knows.
  await sweepJournals({
    ...chunk,
    journals: new Journals({ folder, events: chunk.events, boot: "another" }),
  });
  expect(told("newsletter.contradicted")).toMatchObject([{ mails: 1 }]);
  const after = await ledger.take(chunk.chunk, "look");
  expect(Array.from(after.outcomes, outcomeOf)).toEqual(["sent", "unknown", "sent", "sent"]);
  expect(files()).toEqual([]);
});

it("a journal of a newsletter that was cancelled tells who got it", async () => {
  const chunk = await setup();
  const { ledger, newsletter, folder, files } = chunk;
  await killed(chunk, { a: "answered", b: "refused", c: "before the dot", d: "before the dot" });
  await ledger.setState(newsletter.id, "cancelled", ["running"]);
  const [file = ""] = files();
  const then = Date.now() / 1000 - 120;
  utimesSync(join(folder, file), then, then);
  await sweepJournals({
    ...chunk,
    journals: new Journals({ folder, events: chunk.events, boot: "another" }),
  });
  expect(await chunk.look()).toMatchObject({ sent: 1 });
  expect(files()).toEqual([]);
});

it("a journal whose chunk is still to be sent waits for whoever takes it", async () => {
  const chunk = await setup();
  const { folder, files } = chunk;
  await killed(chunk, { a: "answered", b: "dot", c: "before the dot", d: "before the dot" });
  const [file = ""] = files();
  const then = Date.now() / 1000 - 120;
  utimesSync(join(folder, file), then, then);
  await sweepJournals({
    ...chunk,
    journals: new Journals({ folder, events: chunk.events, boot: "another" }),
  });
  expect(files()).toEqual([file]);
});
