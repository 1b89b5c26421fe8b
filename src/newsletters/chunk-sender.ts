import { createHmac } from "node:crypto";
import { PermanentFailure, RetryLater } from "../errors.ts";
import type { Events } from "../events.ts";
import type { Attempt, Call, Performable } from "../performable.ts";
import { decode } from "../queue/stored-value.ts";
import type { Outcome, SendOptions } from "../smtp/transport.ts";
import { ChunkRun, type Stop } from "./chunk-run.ts";
import type { BroadcastLedger, BroadcastRecord, Chunk } from "./ledger.ts";
import { broadcastProgress } from "./progress.ts";

/** The stored name of chunk jobs. */
export const CHUNK_SENDER = "delayed-mailer.broadcast";
export const SEND_CHUNK = "sendChunk";

/** A paused chunk looks again after this long; `resume()` wakes it at once. */
const PAUSED_MS = 60_000;

export interface ChunkSenderOptions {
  readonly ledger: BroadcastLedger;
  readonly events: Events;
  /** Sends the mail of one call; the road's. */
  readonly sendOne: (call: Call, options: SendOptions) => Promise<Outcome>;
  /** Sends at once within a chunk. */
  readonly concurrency: number;
}

/** Performs the jobs of newsletters: each sends one chunk of recipients and records what became of every one. */
export class ChunkSender implements Performable {
  readonly name = CHUNK_SENDER;
  readonly aliases: readonly string[] = [];
  readonly settings = {};
  readonly #options: ChunkSenderOptions;

  constructor(options: ChunkSenderOptions) {
    this.#options = options;
  }

  has(action: string): boolean {
    return action === SEND_CHUNK;
  }

  actions(): readonly string[] {
    return [`${CHUNK_SENDER}.${SEND_CHUNK}`];
  }

  async check(_action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    return args;
  }

  /** @throws RetryLater | PermanentFailure, or what stopped the chunk */
  async perform({ args }: Call, attempt: Attempt): Promise<void> {
    const { ledger } = this.#options;
    const chunk = await ledger.chunk(String(args[0]));
    const broadcast = chunk && (await ledger.find(chunk.broadcast));
    if (!chunk || !broadcast)
      throw new PermanentFailure(`The chunk ${String(args[0])} is not in the ledger`, {
        reason: "chunk-gone",
      });
    if (broadcast.state === "cancelled") return;
    if (broadcast.state === "paused") throw await this.#paused(broadcast);
    await this.#send(broadcast, chunk, attempt);
  }

  async #send(
    broadcast: BroadcastRecord,
    chunk: Chunk,
    { token, signal, isLive, number, maxAttempts, crashes }: Attempt,
  ): Promise<void> {
    const { ledger, concurrency } = this.#options;
    const outcomes = await ledger.take(chunk, token);
    const run = new ChunkRun({
      ledger,
      chunk,
      token,
      outcomes,
      concurrency,
      signal,
      isCareful: crashes > 0,
      send: (index, halt) =>
        this.#options.sendOne(callOf(broadcast, chunk, index), { bulk: true, signal: halt, isLive }),
      stateOfBroadcast: async () => (await ledger.find(broadcast.id))?.state,
    });
    const stop = await run.run();
    if (stop) return this.#stopped(stop, broadcast);
    if (run.deferred.length > 0 && number < maxAttempts)
      throw new RetryLater(
        `${run.deferred.length} of ${chunk.recipients.length} recipients are to be tried again`,
      );
    run.giveUp(number);
    if (await run.finish(true)) await this.#finishBroadcast(broadcast.id);
  }

  async #stopped(stop: Stop, broadcast: BroadcastRecord): Promise<void> {
    if (stop === "cancelled") return;
    if (stop === "paused") throw await this.#paused(broadcast);
    if (stop === "fenced") throw new RetryLater("Another worker has this chunk", { counted: false });
    if (stop === "aborted")
      throw new RetryLater("The chunk was stopped in between", { counted: false, delay: 0 });
    throw stop;
  }

  /** Looks again, because who resumed it meanwhile could wake only the chunks that waited already. */
  async #paused({ id, key }: BroadcastRecord): Promise<RetryLater> {
    const isPaused = (await this.#options.ledger.find(id))?.state === "paused";
    const delay = isPaused ? PAUSED_MS : 0;
    return new RetryLater(`The newsletter ${key} is paused`, { counted: false, delay });
  }

  async #finishBroadcast(id: string): Promise<void> {
    await finishBroadcast(id, this.#options);
  }
}

/** Finishes a send-out when nothing of it is left; exactly one of those that try tells so. */
export async function finishBroadcast(
  id: string,
  { ledger, events }: Pick<ChunkSenderOptions, "ledger" | "events">,
): Promise<void> {
  if (!(await ledger.finish(id))) return;
  const record = await ledger.find(id);
  if (record)
    events.emit("broadcast.finished", {
      id,
      key: record.key,
      progress: await broadcastProgress(ledger, record),
    });
}

/** The call of one recipient. Its Message-ID and date are the same at every attempt, and on every machine. */
function callOf(broadcast: BroadcastRecord, chunk: Chunk, index: number): Call {
  const { performable, action, args, params, meta } = broadcast;
  const { seed = "", domain = "", date = "" } = meta;
  const recipient = decode(chunk.recipients[index] ?? null);
  const identity = chunk.identities[index] ?? "";
  const name = createHmac("sha256", seed).update(identity).digest("hex").slice(0, 32);
  return {
    performable,
    action,
    args: [recipient, ...args.map(decode)],
    // `encode` wrote params from an object.
    params: decode(params) as Call["params"],
    meta: { messageId: `<${name}@${domain}>`, date },
  };
}
