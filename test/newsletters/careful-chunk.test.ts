import { expect, it } from "vitest";
import { Events } from "../../src/events.ts";
import { CHUNK_SENDER, ChunkSender, SEND_CHUNK } from "../../src/newsletters/chunk-sender.ts";
import { byteOf, outcomeOf } from "../../src/newsletters/outcome.ts";
import type { Attempt } from "../../src/performable.ts";
import type { Outcome } from "../../src/smtp/transport.ts";
import { SqliteBroadcastLedger } from "../../src/stores/sqlite/broadcast-ledger.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { aBroadcast, aChunk } from "../contracts/broadcast-ledger.ts";

const SENT: Outcome = { class: "sent", response: "250 ok", accepted: ["x"], refused: [] };
const ABORTED: Outcome = { class: "lost", response: "aborted", accepted: [], refused: [] };

async function setup(send: (recipient: string, signal: AbortSignal) => Promise<Outcome>) {
  const ledger = new SqliteBroadcastLedger(await openDatabase(":memory:"));
  const broadcast = aBroadcast();
  const chunk = aChunk(broadcast.id, 0, ["a", "b", "c", "d"]);
  await ledger.begin(broadcast, { token: "p", leaseMs: 30_000 });
  await ledger.addChunk(chunk);
  const seen: string[] = [];
  let most = 0;
  let running = 0;
  const sender = new ChunkSender({
    ledger,
    events: new Events(),
    concurrency: 4,
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
    const live: Attempt = { ...attempt, token: `t${crashes}`, signal, isLive: () => !signal.aborted };
    const call = { performable: CHUNK_SENDER, action: SEND_CHUNK, args: [chunk.id], params: {}, meta: {} };
    return sender.perform(call, live);
  };
  const outcomes = async () => Array.from(await ledger.take(chunk, "look"), outcomeOf);
  return { ledger, broadcast, seen, most: () => most, perform, outcomes };
}

const never = new Promise<never>(() => undefined);

it("a chunk that took a worker with it is sent one by one, and who is next stands in the ledger before (fault 27)", async () => {
  const { perform, outcomes, seen, most } = await setup(async (name) => (name === "b" ? never : SENT));
  void perform(1);
  await expect.poll(() => seen).toEqual(["a", "b"]);
  expect(await outcomes()).toEqual(["sent", "attempted", "pending", "pending"]);
  expect(most()).toBe(1);
});

it("whom a chunk took two workers with is left out and told of, and the others get their mails (fault 27)", async () => {
  const { ledger, broadcast, perform, outcomes, seen } = await setup(async (name) =>
    name === "b" ? never : SENT,
  );
  void perform(1);
  await expect.poll(() => seen).toEqual(["a", "b"]);
  await perform(2);
  expect(seen).toEqual(["a", "b", "c", "d"]);
  expect(await outcomes()).toEqual(["sent", "unknown", "sent", "sent"]);
  const failures = [];
  for await (const failure of ledger.failures(broadcast.id)) failures.push(failure);
  expect(failures).toEqual([
    { recipient: "b@x.test", outcome: "unknown", response: expect.stringContaining("went away twice") },
  ]);
});

it("nobody is suspected where the worker was only told to stop", async () => {
  const stop = new AbortController();
  const { perform, outcomes } = await setup(async (name, signal) => {
    if (name !== "b") return SENT;
    stop.abort();
    return signal.aborted ? ABORTED : SENT;
  });
  await expect(perform(1, stop.signal)).rejects.toThrow("The chunk was stopped in between");
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
