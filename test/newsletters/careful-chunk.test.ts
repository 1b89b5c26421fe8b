import { expect, it } from "vitest";
import type { UnknownMail } from "../../src/delivery/verdict.ts";
import { StoreError } from "../../src/errors/errors.ts";
import { Events } from "../../src/events.ts";
import type { Attempt } from "../../src/jobs/handler.ts";
import { CHUNK_SENDER, SEND_CHUNK } from "../../src/newsletters/chunk-job.ts";
import { ChunkSender, type ChunkSenderOptions } from "../../src/newsletters/chunk-sender.ts";
import { byteOf, outcomeOf } from "../../src/newsletters/outcome.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteNewsletterStore } from "../../src/stores/sqlite/newsletters/newsletter-store.ts";
import type { Outcome } from "../../src/transports/transport.ts";
import { aChunk, aNewsletter, failuresOf } from "../contracts/newsletter-store.ts";
import { SAYING } from "../support/attempts.ts";

const SENT: Outcome = { class: "sent", response: "250 ok", accepted: ["x"], refused: [] };
const ABORTED: Outcome = { class: "lost", response: "aborted", accepted: [], refused: [] };

async function setup(
  send: (recipient: string, signal: AbortSignal) => Promise<Outcome>,
  options: Partial<ChunkSenderOptions> = {},
) {
  const ledger = new SqliteNewsletterStore(await openDatabase(":memory:"));
  const newsletter = aNewsletter();
  const chunk = aChunk(newsletter.id, 0, ["a", "b", "c", "d"]);
  await ledger.begin(newsletter, { token: "p", leaseMs: 30_000 });
  await ledger.addChunk(chunk);
  const seen: string[] = [];
  const forgiven: number[] = [];
  let most = 0;
  let running = 0;
  const sender = new ChunkSender({
    ledger,
    events: new Events(),
    concurrency: 4,
    ...options,
    sendOne: async ({ args: [recipient] }, { signal }) => {
      const { email } = recipient as { email: string };
      seen.push(email[0] ?? "");
      most = Math.max(most, ++running);
      const outcome = await send(email[0] ?? "", signal ?? new AbortController().signal);
      running -= 1;
      return outcome;
    },
  });
  const perform = (crashes: number, signal = new AbortController().signal) => {
    const attempt = { jobId: "j", number: crashes + 1, maxAttempts: 25, crashes, checkpoint: undefined };
    const forgiveCrashes = async () => {
      forgiven.push(crashes);
      return true;
    };
    const isLive = () => !signal.aborted;
    const live: Attempt = { ...attempt, ...SAYING, token: `t${crashes}`, signal, isLive, forgiveCrashes };
    const call = { handler: CHUNK_SENDER, action: SEND_CHUNK, args: [chunk.id], params: {}, meta: {} };
    return sender.perform(call, live);
  };
  const outcomes = async () => Array.from((await ledger.take(chunk, "look")).outcomes, outcomeOf);
  return { ledger, newsletter, seen, forgiven, most: () => most, perform, outcomes };
}

const never = new Promise<never>(() => undefined);

it("a chunk that took a worker with it is sent one by one, and who is next stands in the ledger before (fault 27)", async () => {
  const { perform, outcomes, seen, most } = await setup(async (name) => (name === "b" ? never : SENT));
  void perform(1);
  await expect.poll(() => seen).toEqual(["a", "b"]);
  expect(await outcomes()).toEqual(["sent", "attempted", "pending", "pending"]);
  expect(most()).toBe(1);
});

it("on whom the process dies three times is left out and told of, and the others get their mails first (rows 1.12, 1.14)", async () => {
  const { ledger, newsletter, perform, outcomes, seen } = await setup(async (name) =>
    name === "b" ? never : SENT,
  );
  void perform(1);
  await expect.poll(() => seen).toEqual(["a", "b"]);
  void perform(2);
  await expect.poll(() => seen).toEqual(["a", "b", "c", "d", "b"]);
  expect(await outcomes()).toEqual(["sent", "attempted-again", "sent", "sent"]);
  void perform(3);
  await expect.poll(() => seen).toEqual(["a", "b", "c", "d", "b", "b"]);
  expect(await outcomes()).toEqual(["sent", "attempted-last", "sent", "sent"]);
  await perform(4);
  expect(seen).toHaveLength(6);
  expect(await outcomes()).toEqual(["sent", "unknown", "sent", "sent"]);
  expect(await failuresOf(ledger, newsletter.id)).toEqual([
    { recipient: "b@x.test", outcome: "unknown", response: expect.stringContaining("died 3 times") },
  ]);
});

it("who was in hand when the worker was killed by somebody else gets his mail (row 1.12)", async () => {
  let kills = 2;
  const { perform, outcomes } = await setup(async (name) => (name === "b" && kills-- > 0 ? never : SENT));
  void perform(1);
  await expect.poll(outcomes).toEqual(["sent", "attempted", "pending", "pending"]);
  void perform(2);
  await expect.poll(outcomes).toEqual(["sent", "attempted-again", "sent", "sent"]);
  await perform(3);
  expect(await outcomes()).toEqual(["sent", "sent", "sent", "sent"]);
});

it("who was in hand is held where mails may not be sent twice, and is known without a crash before (row 1.5)", async () => {
  const { perform, outcomes, seen, most } = await setup(
    async (name) => (name === "a" || name === "c" ? never : SENT),
    { unknown: "hold" },
  );
  void perform(0);
  await expect.poll(() => seen.toSorted()).toEqual(["a", "b", "c", "d"]);
  await expect.poll(outcomes).toEqual(["attempted", expect.anything(), "attempted", expect.anything()]);
  expect(most()).toBeGreaterThan(1);
  await perform(1);
  expect(seen).toHaveLength(4);
  expect(await outcomes()).toEqual(["unknown", expect.anything(), "unknown", expect.anything()]);
});

it("crashes are forgiven when new outcomes are durable (rows 1.12, 1.14)", async () => {
  const { perform, forgiven } = await setup(async () => SENT);
  await perform(7);
  expect(forgiven).toEqual([7]);
  await perform(0);
  expect(forgiven).toEqual([7]);
});

it("nobody is suspected where the worker was only told to stop", async () => {
  const stop = new AbortController();
  const { perform, outcomes } = await setup(async (name, signal) => {
    if (name !== "b") return SENT;
    stop.abort();
    return signal.aborted ? ABORTED : SENT;
  });
  await expect(perform(1, stop.signal)).rejects.toThrow("Sending to these recipients was stopped in between");
  expect(await outcomes()).toEqual(["sent", "pending", "pending", "pending"]);
});

it("a chunk that nothing happened to is sent to several at once", async () => {
  const { perform, most, outcomes } = await setup(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return SENT;
  });
  await perform(0);
  expect(most()).toBe(4);
  expect((await outcomes()).map(byteOf)).toEqual(Array(4).fill(byteOf("sent")));
});

it("a worker whose deliveries are off leaves a newsletter's mails to others: nothing is counted or recorded (row 1.6)", async () => {
  const { perform, outcomes, seen } = await setup(async () => SENT, { deliveries: "off" });
  await expect(perform(0)).rejects.toMatchObject({
    counted: false,
    pauseQueue: false,
    message: expect.stringContaining("deliveries are off in this one"),
  });
  expect(seen).toEqual([]);
  expect(await outcomes()).toEqual(Array(4).fill("pending"));
});

it.each(["chunk", "find", "take"] as const)(
  "a ledger that cannot be asked (%s) costs the chunk no attempt (row 1.1)",
  async (method) => {
    const { ledger, perform, seen } = await setup(async () => SENT);
    ledger[method] = async () => {
      throw new StoreError("SQLite is busy");
    };
    await expect(perform(0)).rejects.toMatchObject({
      counted: false,
      delay: 2_000,
      message: "SQLite is busy",
    });
    expect(seen).toEqual([]);
  },
);

const UNKNOWN: Outcome = { class: "unknown", response: "the line broke", accepted: [], refused: [] };

it.each([
  ["resend", ["sent", "sent", "sent", "sent"], 5],
  ["hold", ["sent", "unknown", "sent", "sent"], 4],
] as const)(
  "a function that decides about mails that may have been taken is asked before one is sent again: %s",
  async (answer, expected, sends) => {
    const asked: unknown[] = [];
    const ask = (mail: UnknownMail) => {
      asked.push([mail.newsletter, mail.action, mail.args[0], mail.messageId]);
      return answer;
    };
    let times = 0;
    const send = async (recipient: string) => (recipient === "b" && times++ === 0 ? UNKNOWN : SENT);
    const { perform, outcomes, seen, newsletter } = await setup(send, { unknown: ask, backoff: () => 0 });
    await expect(perform(0)).rejects.toThrow("1 of 4 recipients are to be tried again");
    expect(asked).toEqual([]);
    await perform(1);
    expect(asked).toEqual([
      [
        newsletter.key,
        newsletter.action,
        { email: expect.stringMatching(/^b/) },
        expect.stringMatching(/^<.+@.*>$/),
      ],
    ]);
    expect(await outcomes()).toEqual(expected);
    expect(seen).toHaveLength(sends);
  },
);

it("a function that fails holds the recipient, and is told", async () => {
  const events = new Events();
  const failed: unknown[] = [];
  events.on("callback.failed", ({ callback }) => failed.push(callback));
  const ask = () => Promise.reject(new Error("away"));
  const send = async (recipient: string) => (recipient === "b" ? UNKNOWN : SENT);
  const { perform, outcomes } = await setup(send, { unknown: ask, events, backoff: () => 0 });
  await expect(perform(0)).rejects.toThrow("1 of 4 recipients");
  await perform(1);
  expect(await outcomes()).toEqual(["sent", "unknown", "sent", "sent"]);
  expect(failed).toEqual(["onUnknownOutcome"]);
});
