import { errorMessage } from "../../src/errors/error-message.ts";
import { type DelayOptions, DuplicateKeyError, deliverAllLater, type Job, Message } from "../../src/index.ts";
import type { Ledger } from "../ledger.ts";
import { KINDS, type KindName } from "./kinds.ts";
import { StressMailer } from "./stress-mailer.ts";

/** What is to be enqueued. */
export interface Order {
  readonly kind: KindName;
  readonly size: number;
  readonly options: Omit<DelayOptions, "session" | "maxAttempts">;
}

interface Call {
  readonly call: string;
  readonly message: Message;
}

/** Enqueues as an application does, and writes down before and after what was asked and what was answered. */
export class Enqueuer {
  readonly #name: string;
  readonly #ledger: Ledger;
  #count = 0;

  /** @param name of this process; no other one ever has it */
  constructor(name: string, ledger: Ledger) {
    this.#name = name;
    this.#ledger = ledger;
  }

  /** Never throws: a job that may not be there is a fact like any other. */
  async enqueue(order: Order): Promise<void> {
    const { call, message } = this.#ask(order);
    const { kind, options } = order;
    const { maxAttempts } = KINDS[kind];
    await this.#answer([call], async () => [await message.deliverLater({ ...options, maxAttempts })]);
  }

  /** Many jobs of one kind in one write. */
  async enqueueAll(count: number, order: Order): Promise<void> {
    const calls = Array.from({ length: count }, () => this.#ask(order));
    const options = { ...order.options, maxAttempts: KINDS[order.kind].maxAttempts };
    const post = () =>
      deliverAllLater(
        calls.map(({ message }) => message),
        options,
      );
    await this.#answer(
      calls.map(({ call }) => call),
      post,
    );
  }

  #ask({ kind, size, options }: Order): Call {
    this.#count += 1;
    const call = `${this.#name}-${this.#count}`;
    const { uniqueKey: key, onConflict, in: delay } = options;
    this.#ledger.write({
      what: "asked",
      call,
      kind,
      ...(key !== undefined && { key, conflict: onConflict ?? "ignore" }),
      ...(delay !== undefined && { delay: Number(delay) }),
    });
    const message = kind === "mail" ? StressMailer.hello(call) : stressMessage(kind, [call, size]);
    return { call, message };
  }

  async #answer(calls: readonly string[], post: () => Promise<readonly Job[]>): Promise<void> {
    try {
      const jobs = await post();
      for (const [index, call] of calls.entries()) this.#stored(call, jobs[index]);
    } catch (error) {
      const text = errorMessage(error);
      const maybe = !(error instanceof DuplicateKeyError);
      for (const call of calls) this.#ledger.write({ what: "refused", call, error: text, maybe });
    }
  }

  /** A job that holds the key already answers with its own call, unless this one took its place. */
  #stored(call: string, job: Job | undefined): void {
    if (job === undefined) throw new Error("The store answered with fewer jobs than it was given.");
    const { id, isNew, args } = job;
    this.#ledger.write({ what: "stored", call, id, isNew, inPlace: !isNew && args[0] === call });
  }
}

/** A call that no mailer stands for. */
function stressMessage(kind: string, args: readonly unknown[]): Message {
  return new Message({
    mailer: "Stress",
    action: kind,
    args,
    params: {},
    settings: {},
    rules: { callbacks: [], rescues: [] },
    draft: () => Promise.reject(new Error("This call is no mail.")),
  });
}
