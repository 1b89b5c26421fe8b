import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Broadcast, BroadcastFailure, BroadcastProgress, BroadcastRequest } from "../broadcasting.ts";
import { checkedOptions } from "../checked-options.ts";
import { InvalidOptionsError } from "../errors.ts";
import type { Events } from "../events.ts";
import { newObjectId } from "../object-id.ts";
import type { Registry } from "../performable.ts";
import type { JobStore } from "../queue/store.ts";
import { encode } from "../queue/stored-value.ts";
import { finishBroadcast } from "./chunk-sender.ts";
import { defaultIdentity } from "./identity.ts";
import type { BroadcastLedger, BroadcastRecord, NewBroadcast } from "./ledger.ts";
import { Planner } from "./planner.ts";
import { broadcastProgress } from "./progress.ts";

export interface BroadcastsOptions {
  readonly jobs: JobStore;
  readonly ledger: BroadcastLedger;
  readonly registry: Registry;
  readonly events: Events;
  /** The right-hand side of the recipients' Message-IDs. */
  readonly messageIdDomain: string;
  /** How long a planner may be silent before another takes over, in ms. @default 30_000 */
  readonly plannerLeaseMs?: number;
}

const optionsSchema = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(200)
    .default(() => randomUUID()),
  chunkSize: z.int().min(1).max(10_000).default(500),
  identify: z
    .custom<(row: unknown) => string>((value) => typeof value === "function", "must be a function")
    .default(() => defaultIdentity),
  queue: z.string().min(1).max(100).default("newsletters"),
  priority: z.int32().default(10),
  maxAttempts: z.int().min(1).default(25),
});

/** Begins, finds and lists newsletters. */
export class Broadcasts {
  readonly #options: Required<BroadcastsOptions>;

  constructor({ plannerLeaseMs = 30_000, ...options }: BroadcastsOptions) {
    this.#options = { plannerLeaseMs, ...options };
  }

  /**
   * Plans a send-out, or what is left of it to plan; resolves when the audience is read to its end.
   * @throws InvalidOptionsError | UnknownActionError | UnstorableValueError | StoreError
   */
  async begin(request: BroadcastRequest): Promise<Broadcast> {
    const { registry, ledger, jobs, events, plannerLeaseMs } = this.#options;
    const where = `broadcast of ${request.performable}.${request.action}`;
    const { identify, ...options } = checkedOptions(where, optionsSchema, request.options);
    const performable = registry.find(request.performable, request.action);
    const wanted = this.#newBroadcast(request, options);
    const planner = { token: randomUUID(), leaseMs: plannerLeaseMs };
    const { record, mine } = await ledger.begin(wanted, planner);
    if (!isSameCall(record, wanted)) throw otherCall(record);
    if (mine) {
      const plan = new Planner({ ledger, jobs, performable, broadcast: record, planner, identify });
      if (await plan.run(request.audience)) await this.#planned(record);
      await finishBroadcast(record.id, { ledger, events });
    }
    return new StoredBroadcast(record, this.#options);
  }

  /** By id or key. */
  async find(idOrKey: string): Promise<Broadcast | undefined> {
    const record = await this.#options.ledger.find(idOrKey);
    return record && new StoredBroadcast(record, this.#options);
  }

  /** Newest first. */
  async list(): Promise<readonly Broadcast[]> {
    return (await this.#options.ledger.list()).map((record) => new StoredBroadcast(record, this.#options));
  }

  async #planned({ id, key }: BroadcastRecord): Promise<void> {
    const record = await this.#options.ledger.find(id);
    this.#options.events.emit("broadcast.planned", { id, key, recipients: record?.totals.recipients ?? 0 });
  }

  #newBroadcast(
    { performable, action, args, params }: BroadcastRequest,
    options: Omit<z.output<typeof optionsSchema>, "identify">,
  ): NewBroadcast {
    const where = `${performable}.${action}`;
    return {
      id: newObjectId(),
      performable,
      action,
      args: args.map((arg, index) => encode(arg, `${where}: args[${index + 1}]`)),
      params: encode(params, `${where}: params`),
      meta: {
        seed: randomBytes(16).toString("hex"),
        domain: this.#options.messageIdDomain,
        date: new Date().toISOString(),
      },
      ...options,
    };
  }
}

function isSameCall(a: NewBroadcast, b: NewBroadcast): boolean {
  const call = ({ performable, action, args, params }: NewBroadcast) =>
    JSON.stringify([performable, action, args, params]);
  return call(a) === call(b);
}

function otherCall({ key, performable, action }: BroadcastRecord): InvalidOptionsError {
  return new InvalidOptionsError("broadcast", [
    `the key "${key}" belongs to a send-out of ${performable}.${action} with other arguments; use another key`,
  ]);
}

/** The handle of a stored send-out. */
class StoredBroadcast implements Broadcast {
  readonly id: string;
  readonly key: string;
  readonly #options: Pick<BroadcastsOptions, "ledger" | "jobs">;

  constructor({ id, key }: BroadcastRecord, options: Pick<BroadcastsOptions, "ledger" | "jobs">) {
    this.id = id;
    this.key = key;
    this.#options = options;
  }

  async progress(): Promise<BroadcastProgress> {
    const record = await this.#options.ledger.find(this.id);
    if (record === undefined)
      throw new InvalidOptionsError(`newsletter ${this.key}`, ["it is not in the store any more"]);
    return broadcastProgress(this.#options.ledger, record);
  }

  async pause(): Promise<void> {
    await this.#options.ledger.setState(this.id, "paused", ["running"]);
  }

  async resume(): Promise<void> {
    if (await this.#options.ledger.setState(this.id, "running", ["paused"]))
      await this.#options.jobs.wakeGroup(this.id);
  }

  async cancel(): Promise<void> {
    if (await this.#options.ledger.setState(this.id, "cancelled", ["running", "paused"]))
      await this.#options.jobs.dropGroup(this.id);
  }

  async *failures(): AsyncGenerator<BroadcastFailure> {
    for await (const { row, problem } of this.#options.ledger.refusals(this.id))
      yield { recipient: `row ${row}`, outcome: "refused", response: problem };
    yield* this.#options.ledger.failures(this.id);
  }
}
