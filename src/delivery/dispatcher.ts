import { BackgroundTasks } from "../background-tasks.ts";
import { RetryLater, StopMail } from "../errors/errors.ts";
import type { Events } from "../events.ts";
import { recipientsOf } from "../mail/addresses.ts";
import type { Interceptor, Observer, SentMail } from "../mail/callbacks.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { compose } from "../mime/compose.ts";
import type { Signer } from "../mime/signer.ts";
import { Lifecycle } from "../queue/lifecycle.ts";
import type { Outcome, SendOptions } from "../transports/transport.ts";
import type { Transports } from "../transports/transports.ts";
import type { CallbackChain } from "./callback-chain.ts";
import { changedMail } from "./change-mail.ts";
import { DeliveryError } from "./delivery-error.ts";
import { runCallback } from "./run-callback.ts";

/** How many callbacks of sent mails may run before the next mail waits. */
const MOST_CALLBACKS = 100;
const CALLBACK_TIMEOUT_MS = 60_000;

export interface DispatcherOptions {
  readonly transports: Pick<Transports, "get" | "othersWork">;
  readonly events: Events;
  /** The callbacks of plugins. Defaults to none. */
  readonly lifecycle?: Lifecycle;
  /** In this order, after the mailers' own callbacks. */
  readonly interceptors?: readonly Interceptor[];
  readonly observers?: readonly Observer[];
  /** `off` goes the whole way and stops each mail before the transport. @default "on" */
  readonly deliveries?: Deliveries;
  /** Mails go unsigned without it. */
  readonly dkim?: Signer | undefined;
}

export type Deliveries = "on" | "off";

export interface DispatchOptions
  extends Pick<SendOptions, "signal" | "isLive" | "bulk" | "mayWait" | "peers" | "onFinalDot" | "onAnswer"> {
  /** The recipients that got the mail in an earlier attempt. */
  readonly acceptedBefore?: readonly string[];
  /** Makes the mail as it would be sent, and does not send it. The outcome says how large it is. @default false */
  readonly isRehearsal?: boolean;
}

export interface Dispatched {
  readonly outcome: Outcome;
  /** The reason, when the mail was not sent. */
  readonly failure?: DeliveryError;
  /** When everything that is still done for the mail has ended. Never rejects. */
  readonly ended: Promise<unknown>;
}

interface Handed {
  readonly mail: RenderedMail;
  readonly outcome: Outcome;
}

/** The last part of a mail's road: callbacks around sending, interceptors, the transport, observers. */
export class Dispatcher {
  readonly #options: Required<DispatcherOptions>;
  readonly #callbacks = new BackgroundTasks({ limit: MOST_CALLBACKS });

  constructor({ interceptors = [], observers = [], deliveries = "on", dkim, ...options }: DispatcherOptions) {
    const { transports, events, lifecycle = new Lifecycle(events) } = options;
    this.#options = { interceptors, observers, deliveries, transports, events, lifecycle, dkim };
  }

  /** @throws StopMail | RetryLater | InvalidMailError | UnknownTransportError, and what callbacks and interceptors throw */
  async dispatch(
    rendered: RenderedMail,
    callbacks: CallbackChain,
    options: DispatchOptions,
  ): Promise<Dispatched> {
    await this.#callbacks.room();
    const mail = await callbacks.beforeDeliver(rendered);
    let failure: DeliveryError | undefined;
    const { result, ended } = callbacks.aroundDeliver(mail, async () => {
      const handed = await this.#hand(mail, callbacks, options);
      if (handed.outcome.class === "sent") return handed;
      failure = new DeliveryError(callbacks.name, handed.outcome);
      throw failure;
    });
    try {
      const handed = await result;
      const around = ended === undefined ? [] : [this.#runLater("aroundDeliver", () => ended)];
      return { outcome: handed.outcome, ended: Promise.all([...around, ...this.#after(handed, callbacks)]) };
    } catch (error) {
      if (failure === undefined || error !== failure) throw error;
      return { outcome: failure.outcome, failure, ended: Promise.resolve() };
    }
  }

  /** The mail as its transport would get it. @throws StopMail | InvalidMailError, and what callbacks and interceptors throw */
  async prepare(rendered: RenderedMail, callbacks: CallbackChain): Promise<RenderedMail> {
    return this.#intercept(await callbacks.beforeDeliver(rendered), callbacks);
  }

  /** Waits for what is still done for mails that were sent. */
  close(): Promise<void> {
    return this.#callbacks.ended();
  }

  async #hand(
    given: RenderedMail,
    callbacks: CallbackChain,
    { acceptedBefore = [], isRehearsal = false, ...options }: DispatchOptions,
  ): Promise<Handed> {
    const { deliveries, dkim } = this.#options;
    const mail = await this.#intercept(given, callbacks);
    if (isRehearsal) return { mail, outcome: await rehearsed(mail, dkim) };
    if (deliveries === "off") throw new StopMail(DELIVERIES_OFF);
    const recipients = recipientsOf(mail).filter((address) => !acceptedBefore.includes(address));
    if (recipients.length === 0) return { mail, outcome: NOBODY_LEFT };
    if (options.signal?.aborted || options.isLive?.() === false)
      throw new RetryLater("The attempt was aborted before the mail was sent");
    const startedAt = performance.now();
    const sending = dkim ? { ...options, recipients, dkim } : { ...options, recipients };
    if (options.bulk) return { mail, outcome: await this.#send(mail, sending) };
    const outcome = await this.#sendOne(mail, sending, callbacks);
    this.#tell(mail, outcome, callbacks, startedAt);
    return { mail, outcome };
  }

  #sendOne(
    mail: RenderedMail,
    options: SendOptions & Pick<Required<SendOptions>, "recipients">,
    { name }: CallbackChain,
  ): Promise<Outcome> {
    const { transports, lifecycle } = this.#options;
    const { messageId, transport } = mail;
    const recipients = options.recipients.length;
    const payload = { mail: name, messageId, transport: transports.get(transport).name, recipients };
    return lifecycle.run("send", payload, () => this.#send(mail, options));
  }

  async #intercept(given: RenderedMail, callbacks: CallbackChain): Promise<RenderedMail> {
    let mail = given;
    for (const intercept of this.#options.interceptors)
      mail = changedMail(mail, await intercept(callbacks.outgoing(mail)));
    return mail;
  }

  async #send(mail: RenderedMail, options: SendOptions): Promise<Outcome> {
    const { transports } = this.#options;
    const outcome = await transports.get(mail.transport).send(mail, options);
    if (outcome.class === "sent") return outcome;
    return { ...outcome, othersWork: transports.othersWork(mail.transport) };
  }

  /** The events of newsletters tell what became of their mails. */
  #tell(
    { messageId }: RenderedMail,
    { class: found, code, accepted, refused, response }: Outcome,
    { name: mail }: CallbackChain,
    startedAt: number,
  ): void {
    const ms = performance.now() - startedAt;
    const { events } = this.#options;
    if (found !== "sent") {
      const answer = { response, ...(code !== undefined && { code }) };
      events.emit("mail.failed", { mail, messageId, outcome: found, ...answer, ms });
      return;
    }
    const rejected = refused.map(({ address }) => address);
    events.emit("mail.sent", { mail, messageId, accepted, rejected, response, ms });
  }

  #after({ mail, outcome }: Handed, callbacks: CallbackChain): readonly Promise<void>[] {
    const { accepted, refused, response } = outcome;
    const isAnybodyTold = this.#options.observers.length > 0 || !callbacks.isEmpty;
    if (accepted.length === 0 || !isAnybodyTold) return [];
    const rejected = refused.map(({ address }) => address);
    const sent: SentMail = { ...callbacks.outgoing(mail), accepted, rejected, response };
    const observed = this.#options.observers.map((observe) =>
      this.#runLater("observer", () => observe(sent)),
    );
    const after = callbacks.afterDeliver(sent).map((run) => this.#runLater("afterDeliver", run));
    return [...observed, ...after];
  }

  /** Runs beside the record that the mail is sent, not before it. */
  #runLater(callback: string, run: () => void | Promise<void>): Promise<void> {
    const onError = (error: unknown) => this.#options.events.emit("callback.failed", { callback, error });
    return this.#callbacks.add(runCallback(run, { timeout: CALLBACK_TIMEOUT_MS, onError }));
  }
}

/** The answer of a rehearsal: the mail was made as for the wire. No event is emitted, because it was sent to no one. */
async function rehearsed(mail: RenderedMail, dkim: Signer | undefined): Promise<Outcome> {
  const { length } = await compose(mail, dkim && { dkim });
  return { class: "sent", response: `${length} bytes`, accepted: [], refused: [] };
}

const DELIVERIES_OFF = "deliveries are off (DELAYED_MAILER_DELIVERIES)";

/** An earlier attempt reached everybody. */
const NOBODY_LEFT: Outcome = {
  class: "sent",
  response: "everybody has it already",
  accepted: [],
  refused: [],
};
