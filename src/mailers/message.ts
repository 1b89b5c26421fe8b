import { randomUUID } from "node:crypto";
import { MessageAlreadyBuiltError } from "../errors/errors.ts";
import { application, mailApplication } from "../jobs/application.ts";
import type { DelayOptions } from "../jobs/delay-options.ts";
import { CALL, type DelayableCall } from "../jobs/delayable-call.ts";
import type { Call, HandlerSettings } from "../jobs/handler.ts";
import type { Job } from "../jobs/job.ts";
import type { Drafted, MailCall, MailRequest, MailRules } from "../mail/callbacks.ts";
import type { Delivery, RenderedMail } from "../mail/mail.ts";

/** A call of a mail action, before anything ran. */
export interface MessageOrigin extends MailCall {
  readonly settings: HandlerSettings;
  readonly rules: MailRules;
  /** Checks the arguments, runs the action and gives its draft. */
  readonly draft: () => Promise<Drafted>;
  /** The domain of the sender that its mailer names. Defaults to the application's. */
  readonly senderDomain?: () => string | undefined;
  /** Given where the call was stored: the Message-ID and date it got then. */
  readonly meta?: Call["meta"];
}

const MESSAGE = Symbol.for("delayed-mailer/message");

/**
 * A mail that has not been made yet: the call of an action. Nothing runs until `render()`, `deliver()` or
 * `deliverLater()`; the action runs once, however often these are called.
 */
export class Message implements MailRequest, DelayableCall {
  readonly mailer: string;
  readonly action: string;
  readonly args: readonly unknown[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: HandlerSettings;
  /** Callbacks and error handlers of its mailer. */
  readonly rules: MailRules;
  /** Tells a message, of whatever copy of the library. */
  readonly [MESSAGE] = true;
  readonly [CALL] = true;
  readonly #draft: () => Promise<Drafted>;
  readonly #senderDomain: () => string | undefined;
  #drafted: Promise<Drafted> | undefined;
  #used: () => void = () => undefined;
  #meta: Call["meta"] | undefined;

  constructor({ mailer, action, args, params, settings, rules, draft, senderDomain, meta }: MessageOrigin) {
    this.mailer = mailer;
    this.action = action;
    this.args = args;
    this.params = params;
    this.settings = settings;
    this.rules = rules;
    this.#draft = draft;
    this.#senderDomain = senderDomain ?? (() => undefined);
    this.#meta = meta;
  }

  /** The stored name of what performs it, which is its mailer's. */
  get handler(): string {
    return this.mailer;
  }

  /** The Message-ID and date, fixed at first use and kept by every retry; `domain` is used only then, where the mailer names no sender. */
  meta(domain: string, now: Date): Call["meta"] {
    this.#used();
    this.#meta ??= {
      messageId: `<${randomUUID()}@${this.#senderDomain() ?? domain}>`,
      date: now.toISOString(),
    };
    return this.#meta;
  }

  /**
   * Runs the action, once.
   * @throws InvalidArgumentsError when the arguments do not pass the mailer's schema
   * @throws NotAMailActionError when the method does not return `this.mail(...)`
   */
  draft(): Promise<Drafted> {
    this.#used();
    this.#drafted ??= this.#draft();
    return this.#drafted;
  }

  /** The finished mail, without sending it. @throws StopMail when a callback stops it before */
  async render(): Promise<RenderedMail> {
    this.#used();
    return (await mailApplication()).render(this);
  }

  /**
   * Renders and sends now.
   * @throws DeliveryError when the server did not take it; its `outcome` says why
   */
  async deliver(): Promise<Delivery> {
    this.#used();
    return (await mailApplication()).deliver(this);
  }

  /** Stores the call; a worker performs it. The same as `Mailer.delay(options).action(...)`. */
  async deliverLater(options: DelayOptions = {}): Promise<Job> {
    this.#used();
    const [job] = await (await application()).post([{ call: this, options }]);
    if (job === undefined) throw new Error("The store answered a posting with no job.");
    return job;
  }

  /** @internal has somebody told when the message is used for the first time */
  onUse(used: () => void): this {
    this.#used = used;
    return this;
  }

  /** Not what you want: a built message cannot be delayed by `delay`. @throws MessageAlreadyBuiltError always */
  delay(): never {
    throw new MessageAlreadyBuiltError(this.mailer, this.action);
  }
}

export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && MESSAGE in value;
}

/**
 * Stores many messages in one bulk write.
 * @example await deliverAllLater(users.map((user) => UserMailer.sendReminder(user.email)), { queue: "reminders" });
 */
export async function deliverAllLater(
  messages: Iterable<Message>,
  options: Omit<DelayOptions, "uniqueKey"> = {},
): Promise<readonly Job[]> {
  const requests = Array.from(messages, (call) => ({ call, options }));
  return requests.length === 0 ? [] : (await application()).post(requests);
}
