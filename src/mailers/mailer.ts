import type { JobHooks } from "../jobs/hooks.ts";
import { detachedContext, type JobContext } from "../jobs/job-context.ts";
import type { BodyRenderer } from "../mail/body-renderer.ts";
import type { MailCallbacks, Rescue } from "../mail/callbacks.ts";
import type { MailDefaults, MailSpec } from "../mail/mail.ts";

declare const DRAFT: unique symbol;

/** What `this.mail({ ... })` gives and an action must return; nothing else can make one. */
export type Draft = MailSpec & { readonly [DRAFT]: true };

/**
 * The same brand at run time, of whatever copy of the library. Not enumerable, so that no copy of a draft is one. A `WeakSet` costs more
 * than all else that is done for a draft.
 */
const BRAND = Symbol.for("delayed-mailer/draft");

/**
 * The base of every mailer class. A public method that returns `this.mail({ ... })` is an action. Name helpers with `#`,
 * so that not even a forged job can call them.
 */
export abstract class Mailer<P extends object = object> {
  /**
   * What to do at the stations of this mailer's delayed jobs. A subclass's own take the place of its parent's.
   * @example static override hooks = { ...ApplicationMailer.hooks, failure: (job) => tellSupport(job.id) };
   */
  static hooks: JobHooks = {};

  /**
   * What to do around rendering and sending; callbacks of parents run too, outside those of subclasses.
   * @example static override callbacks: MailCallbacks = { beforeDeliver: ({ mail }) => ({ subject: `[Shop] ${mail.subject}` }) };
   */
  static callbacks: MailCallbacks = {};

  /**
   * Error handlers, made by `rescueFrom`; those of parents are asked after those of subclasses.
   * @example static override rescues = [rescueFrom(UserGone, (error) => { throw new StopMail(error.message); })];
   */
  static rescues: readonly Rescue[] = [];

  /** Name of the transport of this mailer's mails, from `configure({ transports })`. A mail may name another. */
  static transport?: string;

  /**
   * Makes the words of this mailer's mails in place of templates. An action that gives `html` or `text` itself goes before it.
   * @example static override renderer: BodyRenderer = async ({ locals }) => ({ html: await toHtml(locals), inlineCss: true });
   */
  static renderer?: BodyRenderer;

  /** What `.with({ ... })` gave. */
  protected readonly params: Readonly<P>;

  /**
   * The attempt that the mail is made in: its `signal`, for requests that should end with the job, its `checkpoint`, `progress` and `log`.
   * Of a mail that is no job's, as by `deliver()`, the signal is never aborted, and progress is nobody's. Not there yet in a constructor.
   */
  protected readonly attempt: JobContext = detachedContext();

  constructor(params: P) {
    this.params = params;
  }

  protected mail(spec: MailSpec): Draft {
    return Object.defineProperty({ ...spec }, BRAND, { value: true }) as Draft;
  }

  /** What every mail of this mailer has unless its action says otherwise. May use `this.params`. */
  protected defaults(): MailDefaults {
    return {};
  }

  /** @internal gives an instance the attempt it works in */
  static enter(mailer: Mailer, attempt: JobContext): void {
    Object.assign(mailer, { attempt });
  }

  /** @internal lets the library read what subclasses keep protected */
  static defaultsOf(mailer: Mailer): MailDefaults {
    return mailer.defaults();
  }
}

/** Whether a value came out of `this.mail(...)`. */
export function isDraft(value: unknown): value is Draft {
  return typeof value === "object" && value !== null && Object.hasOwn(value, BRAND);
}
