import { InvalidOptionsError } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import type { JobRecord, NewJob } from "../jobs/job-record.ts";
import type { Settlement } from "../jobs/job-store.ts";
import type { RenderedMail } from "../mail/mail.ts";
import type { Outcome } from "../transports/transport.ts";

/** Puts entries into the `meta` that a job keeps and every attempt at it sees, such as `traceparent`. Stored in the clear. */
export type Carry = (entries: Readonly<Record<string, string>>) => void;

/** The parts of the work that plugins can wrap, and what each callback gets. */
export interface LifecycleEvents {
  /** A call is checked, its `enqueue` hook run, and stored. */
  enqueue: { readonly job: NewJob; readonly carry: Carry };
  /** A newsletter is planned in this process. The jobs of its chunks get what `carry` was given. */
  broadcast: { readonly newsletter: string; readonly mail: string; readonly carry: Carry };
  /** A worker's whole life. */
  execute: { readonly worker: string };
  /** One round of a worker: claim, and wait for room or work. */
  loop: { readonly worker: string };
  /** One attempt, with everything that is decided about it. */
  perform: { readonly worker: string; readonly job: JobRecord };
  /** The `before` hook and the work of one attempt. */
  invoke: { readonly job: JobRecord };
  /** A single mail is made: its action, templates and callbacks of rendering. Not for those of newsletters. */
  render: { readonly mail: string };
  /** A single mail is with its transport. Not for those of newsletters. */
  send: SendingMail;
  /** A failed attempt's `error` hook, before it is put off or given up. */
  error: { readonly worker: string; readonly job: JobRecord; readonly error: unknown };
  /** A job was given up, and its `failure` hook runs. */
  failure: { readonly worker: string; readonly job: JobRecord; readonly error: unknown };
}

export interface SendingMail {
  /** `Mailer.action`. */
  readonly mail: string;
  readonly messageId: string;
  /** Its name, without credentials. */
  readonly transport: string;
  /** How many get it. */
  readonly recipients: number;
}

export type LifecycleEvent = keyof LifecycleEvents;

/** How an attempt ended. */
export interface Attempted {
  /** What it failed with. */
  readonly error?: unknown;
  /** The result that the store records for it; undefined when its lease was lost. */
  readonly settlement: Settlement | undefined;
}

/** The value to which `next` resolves in `around` callbacks, for pieces of work that have a result. */
export interface LifecycleResults {
  perform: Attempted;
  render: RenderedMail;
  send: Outcome;
}

type ResultOf<E extends LifecycleEvent> = E extends keyof LifecycleResults ? LifecycleResults[E] : unknown;

const PAYLOADS: { readonly [E in LifecycleEvent]: readonly (keyof LifecycleEvents[E])[] } = {
  enqueue: ["job", "carry"],
  broadcast: ["newsletter", "mail", "carry"],
  execute: ["worker"],
  loop: ["worker"],
  perform: ["worker", "job"],
  invoke: ["job"],
  render: ["mail"],
  send: ["mail", "messageId", "transport", "recipients"],
  error: ["worker", "job", "error"],
  failure: ["worker", "job", "error"],
};

type Step<E extends LifecycleEvent> = (payload: LifecycleEvents[E]) => void | Promise<void>;
type Around<E extends LifecycleEvent> = (
  payload: LifecycleEvents[E],
  next: () => Promise<ResultOf<E>>,
) => unknown;

interface Callbacks<E extends LifecycleEvent> {
  readonly before: Step<E>[];
  readonly after: Step<E>[];
  readonly around: Around<E>[];
}

/** Registers callbacks when an application opens: `configure({ plugins: [tracing] })`. */
export type Plugin = (lifecycle: Lifecycle, events: Events) => void;

/**
 * Holds the callbacks of plugins, as in delayed_job. `before` callbacks run in order. `around` callbacks are nested, the first one
 * outermost. `after` callbacks run in order, also when the work threw.
 *
 * The value that a callback returns changes nothing. When a callback throws before the work is done, the work throws its error. When it
 * throws later, the error is an event (`plugin.failed`) and undoes nothing.
 */
export class Lifecycle {
  readonly #events: Events;
  readonly #callbacks = new Map<LifecycleEvent, Callbacks<never>>();

  constructor(events: Events) {
    this.#events = events;
  }

  /** @throws InvalidOptionsError when there is no such event */
  before<E extends LifecycleEvent>(event: E, callback: Step<E>): void {
    this.#for(event).before.push(callback);
  }

  /** @throws InvalidOptionsError when there is no such event */
  after<E extends LifecycleEvent>(event: E, callback: Step<E>): void {
    this.#for(event).after.push(callback);
  }

  /** A callback that does not call `next` fails the work. @throws InvalidOptionsError when there is no such event */
  around<E extends LifecycleEvent>(event: E, callback: Around<E>): void {
    this.#for(event).around.push(callback);
  }

  /** Whether any callback is registered for this event. */
  has(event: LifecycleEvent): boolean {
    return this.#callbacks.has(event);
  }

  /** Runs a piece of work with its callbacks. @throws InvalidOptionsError when the payload lacks a member */
  async run<E extends LifecycleEvent, T extends ResultOf<E>>(
    event: E,
    payload: LifecycleEvents[E],
    work: () => Promise<T>,
  ): Promise<T> {
    checkPayload(event, payload);
    const callbacks = this.#callbacks.get(event) as Callbacks<E> | undefined;
    if (callbacks === undefined) return work();
    try {
      for (const before of callbacks.before) await before(payload);
      return await this.#nest(event, callbacks.around, payload, work);
    } finally {
      for (const after of callbacks.after) await this.#quietly(event, async () => after(payload));
    }
  }

  async #nest<E extends LifecycleEvent, T extends ResultOf<E>>(
    event: E,
    arounds: readonly Around<E>[],
    payload: LifecycleEvents[E],
    work: () => Promise<T>,
  ): Promise<T> {
    const [around, ...inner] = arounds;
    if (around === undefined) return work();
    let inside: Promise<T> | undefined;
    const next = async () => {
      inside ??= this.#nest(event, inner, payload, work);
      return inside;
    };
    const outside = (async () => {
      await around(payload, next);
    })();
    return settle(outside, () => inside, {
      skipped: new InvalidOptionsError("lifecycle", [
        `a plugin's around("${event}") did not call next(), which it must`,
      ]),
      report: (error) => this.#report(event, error),
    });
  }

  async #quietly(event: LifecycleEvent, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#report(event, error);
    }
  }

  #report(event: LifecycleEvent, error: unknown): void {
    this.#events.emit("plugin.failed", { event, error });
  }

  #for<E extends LifecycleEvent>(event: E): Callbacks<E> {
    if (!Object.hasOwn(PAYLOADS, event))
      throw new InvalidOptionsError("lifecycle", [
        `there is no event "${event}"; there are ${Object.keys(PAYLOADS).join(", ")}`,
      ]);
    const callbacks = this.#callbacks.get(event) ?? { before: [], after: [], around: [] };
    this.#callbacks.set(event, callbacks);
    // The map's key says which payload its callbacks take.
    return callbacks as Callbacks<E>;
  }
}

interface Settling {
  readonly skipped: Error;
  readonly report: (error: unknown) => void;
}

/** Once the inner work was begun, its result or error counts. An `around` callback can only fail work that it kept from beginning. */
async function settle<T>(
  outside: Promise<void>,
  inside: () => Promise<T> | undefined,
  { skipped, report }: Settling,
): Promise<T> {
  const [callback] = await Promise.allSettled([outside]);
  const begun = inside();
  if (begun === undefined) throw callback.status === "rejected" ? callback.reason : skipped;
  const [work] = await Promise.allSettled([begun]);
  if (callback.status === "rejected" && work.status === "fulfilled") report(callback.reason);
  return begun;
}

function checkPayload<E extends LifecycleEvent>(event: E, payload: LifecycleEvents[E]): void {
  const expected = PAYLOADS[event];
  const missing = expected.filter((field) => !(field in payload));
  if (missing.length === 0) return;
  const count = `${expected.length} ${expected.length === 1 ? "parameter" : "parameters"}`;
  throw new InvalidOptionsError("lifecycle", [
    `${event} takes ${count} (${expected.join(", ")}); missing: ${missing.join(", ")}`,
  ]);
}
