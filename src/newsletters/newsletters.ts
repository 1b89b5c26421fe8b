import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { checkedOptions } from "../checked-options.ts";
import { BeingPlannedError, InvalidOptionsError } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import type { Registry } from "../jobs/handler.ts";
import type { JobStore } from "../jobs/job-store.ts";
import {
  type Broadcast,
  type BroadcastFailure,
  type BroadcastProgress,
  type BroadcastRequest,
  type BroadcastRetryOptions,
  type BroadcastTrouble,
  RETRYABLE_OUTCOMES,
} from "../jobs/newsletter.ts";
import { newObjectId } from "../jobs/object-id.ts";
import { encode } from "../jobs/stored-value.ts";
import { checkAudience } from "./audience-rows.ts";
import { finishBroadcast } from "./finish-newsletter.ts";
import { defaultIdentity } from "./identity.ts";
import type { BroadcastLedger, BroadcastRecord, NewBroadcast, PlannerClaim } from "./newsletter-store.ts";
import { cancelled, Planner } from "./planner.ts";
import { broadcastProgress } from "./progress.ts";
import { retryRecipients } from "./retry-recipients.ts";
import { isStuck, troublesOf } from "./troubles.ts";

export interface BroadcastsOptions {
  readonly jobs: JobStore;
  readonly ledger: BroadcastLedger;
  readonly registry: Registry;
  readonly events: Events;
  /** The right-hand side of the recipients' Message-IDs. */
  readonly messageIdDomain: string;
  /** With `off` everything that is planned is a rehearsal. @default "on" */
  readonly deliveries?: "on" | "off";
  /** How long a planner may be silent before another takes over, in ms. @default 30_000 */
  readonly plannerLeaseMs?: number;
}

export interface StrandedBroadcast {
  readonly key: string;
  readonly troubles: readonly BroadcastTrouble[];
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

const retrySchema = z.strictObject({
  outcomes: z.array(z.enum(RETRYABLE_OUTCOMES)).min(1).default(["failed"]),
});
/** How much longer than a lease a planner waits for another, and how often it looks, in ms. */
const PATIENCE_MS = 2_000;
const LOOK_AGAIN_MS = 250;

/** Begins, finds and lists newsletters. */
export class Broadcasts {
  readonly #options: Required<BroadcastsOptions>;

  constructor({ plannerLeaseMs = 30_000, deliveries = "on", ...options }: BroadcastsOptions) {
    this.#options = { plannerLeaseMs, deliveries, ...options };
  }

  /**
   * Plans a send-out, or what is left of it to plan; resolves when the audience is read to its end, and never before.
   * @throws InvalidOptionsError | UnknownActionError | InvalidArgumentsError | UnstorableValueError | PlanningError | BeingPlannedError | StoreError
   */
  async begin(request: BroadcastRequest): Promise<Broadcast> {
    const { registry, ledger, jobs, events, plannerLeaseMs } = this.#options;
    const where = `broadcast of ${request.performable}.${request.action}`;
    const { identify, ...options } = checkedOptions(where, optionsSchema, request.options);
    checkAudience(where, request.audience);
    const performable = registry.find(request.performable, request.action);
    const planner = { token: randomUUID(), leaseMs: plannerLeaseMs };
    const record = await this.#claim(this.#newBroadcast(request, options), planner);
    await new Planner({ ledger, jobs, performable, broadcast: record, planner, identify }).run(
      request.audience,
    );
    await this.#planned(record);
    await finishBroadcast(record.id, { ledger, events });
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

  /** Those that run and cannot get on without somebody who does something about it, oldest first. */
  async stranded(): Promise<readonly StrandedBroadcast[]> {
    const stranded: StrandedBroadcast[] = [];
    for (const record of await this.#options.ledger.running()) {
      const troubles = await troublesOf(record, this.#options);
      // Jobs that are due for too long are told of as such.
      const lasting = troubles.filter(({ kind }) => kind !== "no-worker");
      if (lasting.length > 0) stranded.push({ key: record.key, troubles: lasting });
    }
    return stranded;
  }

  /** Waits for another planner until it is done, or, if it is dead, until its lease has run out. */
  async #claim(wanted: NewBroadcast, planner: PlannerClaim): Promise<BroadcastRecord> {
    const { ledger } = this.#options;
    const end = performance.now() + planner.leaseMs + PATIENCE_MS;
    for (;;) {
      const { record, ...found } = await ledger.begin(wanted, planner);
      if (!isSameCall(record, wanted)) {
        await ledger.releasePlanner(record.id, planner.token);
        throw otherCall(record);
      }
      if (found.turn === "mine") return record;
      if (found.turn === "cancelled") throw cancelled(record.key);
      if (performance.now() > end) throw new BeingPlannedError(record.key, found.since);
      await sleep(LOOK_AGAIN_MS);
    }
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
      ...(this.#options.deliveries === "off" && { key: rehearsalKey(options.key), rehearsal: true }),
    };
  }
}

/** Of its own, so that the wanted key is free for the mails themselves, and every rehearsal is a new one. */
function rehearsalKey(key: string): string {
  return `${key} (rehearsal ${randomBytes(4).toString("hex")})`;
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
  readonly #options: Pick<BroadcastsOptions, "ledger" | "jobs" | "events">;

  constructor({ id, key }: BroadcastRecord, options: Pick<BroadcastsOptions, "ledger" | "jobs" | "events">) {
    this.id = id;
    this.key = key;
    this.#options = options;
  }

  async progress(): Promise<BroadcastProgress> {
    return broadcastProgress(this.#options.ledger, await this.#record());
  }

  async retry(options: BroadcastRetryOptions = {}): Promise<number> {
    const { outcomes } = checkedOptions(`newsletter ${this.key}: retry`, retrySchema, options);
    const record = await this.#record();
    if (record.state === "cancelled")
      throw new InvalidOptionsError(`newsletter ${this.key}`, [
        "it was cancelled; plan it under another key",
      ]);
    return retryRecipients(record, outcomes, this.#options);
  }

  async troubles(): Promise<readonly BroadcastTrouble[]> {
    return troublesOf(await this.#record(), this.#options);
  }

  async isStuck(): Promise<boolean> {
    const record = await this.#record();
    return isStuck(record, await troublesOf(record, this.#options), this.#options);
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

  async #record(): Promise<BroadcastRecord> {
    const record = await this.#options.ledger.find(this.id);
    if (record) return record;
    throw new InvalidOptionsError(`newsletter ${this.key}`, ["it is not in the store any more"]);
  }
}
