import { z } from "zod";
import { RetryLater, UnknownActionError } from "./errors.ts";
import type { Events } from "./events.ts";
import type { Delivery, RenderedMail } from "./mail.ts";
import { MailerPerformable } from "./mailer-performable.ts";
import type { Message } from "./message.ts";
import type { Attempt, Call, Registry } from "./performable.ts";
import type { Renderer } from "./rendering/renderer.ts";
import { DeliveryError } from "./smtp/delivery-error.ts";
import { recipientsOf } from "./smtp/envelope.ts";
import type { Outcome, SendOptions, Transport } from "./smtp/transport.ts";
import { type UnknownPolicy, verdictOf } from "./smtp/verdict.ts";

export interface RoadOptions {
  readonly renderer: Renderer;
  readonly transport: Transport;
  readonly registry: Registry;
  readonly events: Events;
  /** What to do with a mail of which nobody can tell whether it was taken. @default "resend" */
  readonly unknown?: UnknownPolicy;
  /** The right-hand side of new Message-IDs. */
  readonly messageIdDomain: string;
  readonly now?: () => Date;
}

const mailCheckpoint = z.object({ accepted: z.array(z.string()) });

/**
 * The road of a mail: message, rendered mail, transport. `deliver()`, the worker, newsletters and previews all take it; they
 * differ only in where they stop and in what they make of the outcome.
 */
export class Road {
  readonly #options: Required<RoadOptions>;

  constructor({ unknown = "resend", now = () => new Date(), ...options }: RoadOptions) {
    this.#options = { unknown, now, ...options };
  }

  /** @throws TemplateError | InvalidMailError | InvalidArgumentsError | NotAMailActionError */
  async render(message: Message): Promise<RenderedMail> {
    const { renderer, messageIdDomain, now } = this.#options;
    const { spec, defaults } = await message.draft();
    const { messageId, date } = message.meta(messageIdDomain, now());
    const { mailer, action } = message;
    return renderer.render(spec, {
      mailer,
      action,
      defaults,
      messageId: messageId ?? "",
      date: date === undefined ? now() : new Date(date),
    });
  }

  /** @throws DeliveryError when no recipient was accepted, and what `render` throws */
  async deliver(message: Message): Promise<Delivery> {
    const mail = await this.render(message);
    const outcome = await this.#send(message, mail, {});
    if (outcome.class !== "sent") throw new DeliveryError(nameOf(message), outcome);
    const rejected = outcome.refused.map(({ address }) => address);
    return { messageId: mail.messageId, accepted: outcome.accepted, rejected, response: outcome.response };
  }

  /** @throws PermanentFailure | RetryLater, and what `render` throws */
  async perform(message: Message, { signal, checkpoint }: Attempt): Promise<void> {
    const mail = await this.render(message);
    const acceptedBefore = mailCheckpoint.safeParse(checkpoint).data?.accepted ?? [];
    const recipients = recipientsOf(mail).filter((address) => !acceptedBefore.includes(address));
    if (recipients.length === 0) return;
    if (signal.aborted) throw new RetryLater("The attempt was aborted before the mail was sent");
    const outcome = await this.#send(message, mail, { signal, recipients });
    const verdict = verdictOf(outcome, { unknown: this.#options.unknown, acceptedBefore });
    if (verdict) throw verdict;
  }

  /**
   * Sends the mail of one stored call and leaves it to the caller what to make of the outcome.
   * @throws UnknownActionError, and what `render` throws
   */
  async sendOne(call: Call, options: SendOptions): Promise<Outcome> {
    const performable = this.#options.registry.find(call.performable, call.action);
    if (!(performable instanceof MailerPerformable))
      throw new UnknownActionError(call.performable, call.action, []);
    const message = performable.message(call);
    return this.#options.transport.send(await this.render(message), options);
  }

  async #send(message: Message, mail: RenderedMail, options: SendOptions): Promise<Outcome> {
    const startedAt = performance.now();
    const outcome = await this.#options.transport.send(mail, options);
    if (outcome.class === "sent")
      this.#options.events.emit("mail.sent", {
        mail: nameOf(message),
        messageId: mail.messageId,
        accepted: outcome.accepted,
        rejected: outcome.refused.map(({ address }) => address),
        response: outcome.response,
        ms: performance.now() - startedAt,
      });
    return outcome;
  }
}

function nameOf({ mailer, action }: Message): string {
  return `${mailer}.${action}`;
}
