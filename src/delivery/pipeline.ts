import { PermanentFailure, RetryLater, type StopMail, UnknownActionError } from "../errors/errors.ts";
import type { Attempt, Call, Registry } from "../jobs/handler.ts";
import { keepStreamErrors } from "../mail/attachments.ts";
import type { MailRequest } from "../mail/callbacks.ts";
import type { Delivery, RenderedMail } from "../mail/mail.ts";
import { encodedTextsOf } from "../mail/quoted-printable.ts";
import { isMailer } from "../mailers/handler.ts";
import { readMailCheckpoint } from "../mailers/mail-attempt.ts";
import { compose } from "../mime/compose.ts";
import { Lifecycle } from "../queue/lifecycle.ts";
import { CLIPPED_OVER, clippedBytes } from "../rendering/clipping.ts";
import type { Renderer } from "../rendering/renderer.ts";
import type { Outcome } from "../transports/transport.ts";
import { BulkPlaces } from "./bulk-places.ts";
import { CallbackChain } from "./callback-chain.ts";
import { type Dispatched, Dispatcher, type DispatcherOptions, type DispatchOptions } from "./dispatcher.ts";
import { rescue } from "./rescue.ts";
import {
  askUnknown,
  HELD_BY_HOOK,
  type OnUnknownOutcome,
  type UnknownMail,
  verdictOf,
  withoutAsking,
} from "./verdict.ts";

export interface PipelineOptions extends DispatcherOptions {
  readonly renderer: Renderer;
  readonly registry: Registry;
  /** What to do with a mail when it is unknown whether the server took it. @default "resend" */
  readonly unknown?: OnUnknownOutcome;
  /** The right-hand side of new Message-IDs. */
  readonly messageIdDomain: string;
  readonly now?: () => Date;
}

/**
 * A connection is at one mail, has the envelope of the next, and finds the one after that ready when it has both behind it in one
 * reading of its socket.
 */
const PLACES_PER_CONNECTION = 3;

/** A mail that could be sent. */
export interface Prepared {
  readonly mail: RenderedMail;
  /** As it would go over the wire. */
  readonly eml: Buffer;
}

/** How sending a mail ended: it was dispatched, or stopped before. */
type Arrival =
  | (Dispatched & { readonly stopped?: never })
  | { readonly stopped: StopMail; readonly outcome?: never; readonly failure?: never };

/**
 * The road of a mail: message, rendered mail, transport. `deliver()`, the worker, newsletters and previews all take it; they
 * differ only in where they stop and in what they make of the outcome.
 */
export class Pipeline {
  readonly #options: PipelineOptions & Required<Pick<PipelineOptions, "unknown" | "now" | "lifecycle">>;
  readonly #dispatcher: Dispatcher;
  /** By the name of the transport. */
  readonly #places = new Map<string | undefined, BulkPlaces>();
  /** Mails of which it was said that they are too long. */
  readonly #clipped = new Set<string>();

  constructor({ unknown = "resend", now = () => new Date(), ...options }: PipelineOptions) {
    const { lifecycle = new Lifecycle(options.events) } = options;
    this.#options = { unknown, now, ...options, lifecycle };
    this.#dispatcher = new Dispatcher(options);
  }

  /** @throws StopMail | TemplateError | InvalidMailError | InvalidArgumentsError | NotAMailActionError, and what callbacks throw */
  async render(message: MailRequest): Promise<RenderedMail> {
    const { mailer, action, params } = message;
    const { spec, defaults } = await message.draft();
    keepStreamErrors(spec.attachments ?? defaults.attachments);
    const { renderer } = message.rules;
    const { messageId, date } = this.#meta(message);
    return callbacksOf(message).render(spec, async (changed) => {
      const transport = changed.transport ?? defaults.transport ?? message.rules.transport;
      const origin = { mailer, action, defaults, params, messageId, date, transport, renderer };
      const mail = await this.#options.renderer.render(changed, origin);
      this.#warnOfClipping(`${mailer}.${action}`, mail);
      return mail;
    });
  }

  /**
   * The mail as its transport would get it, which it never does: `aroundDeliver` and error handlers are not asked.
   * @throws what `render` throws, and what `beforeDeliver`, interceptors and the signer throw
   */
  async preview(message: MailRequest): Promise<Prepared> {
    const rendered = await this.render(message);
    const mail = await this.#dispatcher.prepare(rendered, callbacksOf(message));
    const { dkim } = this.#options;
    return { mail, eml: await compose(mail, dkim && { dkim }) };
  }

  /**
   * Resolves also for a mail that was stopped; it says so.
   * @throws DeliveryError when no recipient was accepted, and what `render` throws but StopMail
   */
  async deliver(message: MailRequest): Promise<Delivery> {
    const arrival = await this.#travel(message, {});
    const { messageId } = this.#meta(message);
    if (arrival.stopped) {
      const { reason } = arrival.stopped;
      return { messageId, accepted: [], rejected: [], response: reason, stopped: reason };
    }
    if (arrival.failure) throw arrival.failure;
    await arrival.ended;
    const { accepted, refused, response } = arrival.outcome;
    return { messageId, accepted, rejected: refused.map(({ address }) => address), response };
  }

  /** Returns also for a mail that was stopped. @throws PermanentFailure | RetryLater, and what `render` throws but StopMail */
  async perform(message: MailRequest, attempt: Attempt): Promise<void> {
    const { signal, isLive } = attempt;
    const { accepted: acceptedBefore, mayHaveBeenTaken } = readMailCheckpoint(attempt.checkpoint);
    if (mayHaveBeenTaken && (await this.#decide(message)) === "hold")
      throw new PermanentFailure(HELD_BY_HOOK, { reason: "unknown" });
    // A job that waits takes no other's place.
    const travelling = this.#travel(message, { signal, isLive, acceptedBefore, mayWait: false });
    const { stopped, outcome } = await travelling.catch((error: unknown) => {
      if (!(error instanceof RetryLater) || error.checkpoint === undefined) throw error;
      // A checkpoint that the action saves must not overwrite the list of recipients who have the mail already.
      throw error.withCheckpoint({ ...readMailCheckpoint(attempt.checkpoint), own: error.checkpoint });
    });
    if (stopped) return;
    // The action may have saved something meanwhile.
    const before = readMailCheckpoint(attempt.checkpoint);
    const verdict = verdictOf(outcome, { unknown: withoutAsking(this.#options.unknown), before });
    if (verdict) throw verdict;
  }

  /**
   * Sends the mail of one stored call and leaves it to the caller what to make of the outcome.
   * @throws UnknownActionError | StopMail, and what `render` throws
   */
  async sendOne(call: Call, options: Omit<DispatchOptions, "acceptedBefore">): Promise<Outcome> {
    const handler = this.#options.registry.find(call.handler, call.action);
    if (!isMailer(handler)) throw new UnknownActionError(call.handler, call.action, []);
    const { stopped, outcome } = await this.#travel(handler.message(call), options);
    if (stopped) throw stopped;
    return outcome;
  }

  /** Waits for what is still done for mails that were sent. */
  close(): Promise<void> {
    return this.#dispatcher.close();
  }

  async #travel(message: MailRequest, options: DispatchOptions): Promise<Arrival> {
    const dispatched = await this.#dispatch(message, options).catch((error: unknown) =>
      this.#rescue(error, message, options),
    );
    const { failure } = dispatched;
    if (failure === undefined || options.signal?.aborted) return dispatched;
    return this.#rescue(failure, message, options).catch((error: unknown) => {
      if (error === failure) return dispatched;
      throw error;
    });
  }

  async #dispatch(message: MailRequest, options: DispatchOptions): Promise<Arrival> {
    const places = await this.#enter(message, options);
    try {
      const rendered = await this.#render(message, options);
      return await this.#dispatcher.dispatch(rendered, callbacksOf(message), options);
    } finally {
      places?.leave();
    }
  }

  /** Before its mail is made, where it is one of many. The action has run by then: what it waits for takes nobody's place. */
  async #enter(message: MailRequest, { bulk, isRehearsal, signal }: DispatchOptions) {
    if (!bulk || isRehearsal || signal === undefined) return undefined;
    const { spec, defaults } = await message.draft();
    keepStreamErrors(spec.attachments ?? defaults.attachments);
    const places = this.#placesOf(spec.transport ?? defaults.transport ?? message.rules.transport);
    await places.enter(signal);
    return places;
  }

  #placesOf(transport: string | undefined): BulkPlaces {
    const known = this.#places.get(transport);
    if (known) return known;
    const places = new BulkPlaces(
      PLACES_PER_CONNECTION * this.#options.transports.get(transport).connections,
    );
    this.#places.set(transport, places);
    return places;
  }

  /** Plugins stand around single mails; of newsletters there would be too much to tell. */
  #render(message: MailRequest, { bulk = false }: DispatchOptions): Promise<RenderedMail> {
    if (bulk) return this.render(message);
    const mail = `${message.mailer}.${message.action}`;
    return this.#options.lifecycle.run("render", { mail }, () => this.render(message));
  }

  /** @throws the error, unless it stops the mail or a handler of the mailer's takes it */
  async #rescue(error: unknown, message: MailRequest, { bulk }: DispatchOptions): Promise<Arrival> {
    const stopped = await rescue(error, message.rules.rescues, message);
    const { messageId } = this.#meta(message);
    const mail = `${message.mailer}.${message.action}`;
    // The events of newsletters tell what became of their mails.
    if (!bulk) this.#options.events.emit("mail.stopped", { mail, messageId, reason: stopped.reason });
    return { stopped };
  }

  /** Whether a mail that may have been taken is sent again: an earlier attempt left that open. @throws RetryLater */
  async #decide(message: MailRequest) {
    const { unknown, events } = this.#options;
    if (typeof unknown !== "function") return "resend";
    const { mailer, action, args, params } = message;
    const mail: UnknownMail = { mailer, action, args, params, messageId: this.#meta(message).messageId };
    return askUnknown(unknown, mail, events);
  }

  #warnOfClipping(mail: string, rendered: RenderedMail): void {
    const { html: encoded } = encodedTextsOf(rendered) ?? {};
    // An encoded text is never shorter than the text itself.
    const bytes =
      encoded !== undefined && encoded.length <= CLIPPED_OVER ? undefined : clippedBytes(rendered.html);
    if (bytes === undefined || this.#clipped.has(mail)) return;
    this.#clipped.add(mail);
    this.#options.events.emit("mail.clipped", { mail, bytes, limit: CLIPPED_OVER });
  }

  #meta(message: MailRequest): { readonly messageId: string; readonly date: Date } {
    const { messageIdDomain, now } = this.#options;
    const { messageId = "", date } = message.meta(messageIdDomain, now());
    return { messageId, date: date === undefined ? now() : new Date(date) };
  }
}

function callbacksOf(message: MailRequest): CallbackChain {
  return new CallbackChain(message.rules.callbacks, message);
}
