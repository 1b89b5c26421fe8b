import type { BodyRenderer } from "./body-renderer.ts";
import type { Addresses, MailDefaults, MailSpec, RenderedMail } from "./mail.ts";

/** The call a mail comes from, as callbacks see it. */
export interface MailCall {
  /** The mailer's name. */
  readonly mailer: string;
  readonly action: string;
  readonly args: readonly unknown[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** A mail whose action has run and that is not rendered yet. */
export interface MailDraft extends MailCall {
  readonly spec: MailSpec;
}

/** A finished mail on its way out. */
export interface OutgoingMail extends MailCall {
  readonly mail: RenderedMail;
}

/** A mail that the transport took for at least one recipient. */
export interface SentMail extends OutgoingMail {
  readonly accepted: readonly string[];
  readonly rejected: readonly string[];
  /** The server's answer. */
  readonly response: string;
}

type Addressed = Pick<MailSpec, "from" | "replyTo" | "headers"> & {
  readonly [K in "to" | "cc" | "bcc"]?: Addresses;
};

/**
 * What may be changed of a finished mail. Addresses are given as an action gives them, headers are added to those there are; what is
 * not named stays. The Message-ID and the date stay always, so that a repeated mail can be told.
 */
export type MailChanges = Partial<
  Omit<RenderedMail, keyof Addressed | "messageId" | "date" | "locale" | "tags" | "metadata">
> &
  Addressed;

type Answer<T> = T | undefined | Promise<T | undefined>;
type OneOrMany<F> = F | readonly F[];
type Next = () => Promise<void>;
type Done = void | Promise<void>;

/**
 * What a mailer does around rendering and sending, the same for `deliver()`, workers and newsletters.
 *
 * Callbacks of a parent class stand outside those of its subclasses: `before…` and `around…` begin with the parent's, `after…` run the
 * other way round. A list runs in its order, an `after…` list from its end.
 *
 * Throwing fails the mail, `StopMail` stops it, until the server has taken it. What is thrown later is the event `callback.failed`.
 */
export interface MailCallbacks {
  /** When the action has run. What it gives back goes over the action's spec; `locals` and `headers` are replaced as a whole. */
  readonly beforeRender?: OneOrMany<(draft: MailDraft) => Answer<Partial<MailSpec>>>;
  /** Around rendering; must call `next`, once. */
  readonly aroundRender?: OneOrMany<(draft: MailDraft, next: Next) => Done>;
  /** When the mail is rendered. What it gives back changes the mail. */
  readonly afterRender?: OneOrMany<(outgoing: OutgoingMail) => Answer<MailChanges>>;
  /** Before a mail is sent, or shown as a preview. What it gives back changes the mail. */
  readonly beforeDeliver?: OneOrMany<(outgoing: OutgoingMail) => Answer<MailChanges>>;
  /** Around interceptors and transport; must call `next`, once. */
  readonly aroundDeliver?: OneOrMany<(outgoing: OutgoingMail, next: Next) => Done>;
  /** When the server has taken the mail. It can stop nothing any more. */
  readonly afterDeliver?: OneOrMany<(sent: SentMail) => Done>;
}

/** Sees every mail of the application last, previews too, and may change it, or stop it by throwing StopMail. */
export type Interceptor = (outgoing: OutgoingMail) => Answer<MailChanges>;

/** Sees every mail that a server has taken. What it throws is the event `callback.failed` and sends nothing again. */
export type Observer = (sent: SentMail) => Done;

/** Made by `rescueFrom`. */
export interface Rescue {
  /** @returns whether the error was one of its class, and is handled by now */
  readonly handle: (error: unknown, call: MailCall) => Promise<boolean>;
}

/**
 * Handles what a mailer's actions, templates, callbacks or the sending throw. A handler that returns has dealt with the error: the mail
 * is not sent, and its job is done. One that throws decides with what it throws: RetryLater, PermanentFailure, the error itself again.
 * @example static override rescues = [rescueFrom(UserGone, (error) => { throw new PermanentFailure(error.message); })];
 */
export function rescueFrom<E extends Error>(
  errorClass: abstract new (...args: never[]) => E,
  handler: (error: E, call: MailCall) => Done,
): Rescue {
  return {
    handle: async (error, call) => {
      if (!(error instanceof errorClass)) return false;
      await handler(error, call);
      return true;
    },
  };
}

/** What a mailer class and its parents say about sending their mails. */
export interface MailRules {
  /** Of the outermost parent first. */
  readonly callbacks: readonly MailCallbacks[];
  /** Of the class itself first. */
  readonly rescues: readonly Rescue[];
  readonly transport?: string;
  readonly renderer?: BodyRenderer;
}

/** What an action gives: the mail's words, and what its mailer gives every mail. */
export interface Drafted {
  readonly spec: MailSpec;
  readonly defaults: MailDefaults;
}

/** A mail that was asked for and is not made yet. `Message` is one. */
export interface MailRequest extends MailCall {
  /** Callbacks and error handlers of its mailer. */
  readonly rules: MailRules;
  /**
   * Runs the action, once.
   * @throws InvalidArgumentsError when the arguments do not pass the mailer's schema
   * @throws NotAMailActionError when the method does not return `this.mail(...)`
   */
  draft(): Promise<Drafted>;
  /** The Message-ID and date, fixed at first use and kept by every retry; `domain` is used only then. */
  meta(domain: string, now: Date): Readonly<Record<string, string>>;
}

interface RuleMaker {
  readonly transport?: string;
  readonly renderer?: BodyRenderer;
  readonly callbacks: MailCallbacks;
  readonly rescues: readonly Rescue[];
}

/** Reads what each class of a line of mailers declares itself. */
export function rulesOf(mailerClass: RuleMaker): MailRules {
  const line: RuleMaker[] = [];
  for (let level: unknown = mailerClass; isRuleMaker(level); level = Object.getPrototypeOf(level))
    line.push(level);
  return {
    ...(mailerClass.transport !== undefined && { transport: mailerClass.transport }),
    ...(mailerClass.renderer !== undefined && { renderer: mailerClass.renderer }),
    callbacks: line
      .toReversed()
      .flatMap((level) => (Object.hasOwn(level, "callbacks") ? level.callbacks : [])),
    rescues: line.flatMap((level) => (Object.hasOwn(level, "rescues") ? level.rescues : [])),
  };
}

function isRuleMaker(level: unknown): level is RuleMaker {
  return typeof level === "function" && "callbacks" in level && "rescues" in level;
}
