import type { MailCall, MailCallbacks, MailDraft, OutgoingMail, SentMail } from "../mail/callbacks.ts";
import type { MailSpec, RenderedMail } from "../mail/mail.ts";
import { type Surrounded, surround } from "./around.ts";
import { changedMail } from "./change-mail.ts";

type Single<T> = T extends readonly unknown[] ? never : T;
type Callback<K extends keyof MailCallbacks> = Single<NonNullable<MailCallbacks[K]>>;

/** The callbacks of a mailer and its parents, run in their order. */
export class CallbackChain {
  readonly #callbacks: readonly MailCallbacks[];
  readonly #call: MailCall;

  /** @param callbacks of the outermost parent first */
  constructor(callbacks: readonly MailCallbacks[], { mailer, action, args, params }: MailCall) {
    this.#callbacks = callbacks;
    this.#call = { mailer, action, args, params };
  }

  /** `Mailer.action`, for people. */
  get name(): string {
    return `${this.#call.mailer}.${this.#call.action}`;
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#callbacks.every((callbacks) => Object.keys(callbacks).length === 0);
  }

  /** @throws what callbacks and `render` throw */
  async render(given: MailSpec, render: (spec: MailSpec) => Promise<RenderedMail>): Promise<RenderedMail> {
    if (this.isEmpty) return render(given);
    let spec = given;
    for (const callback of this.#all("beforeRender"))
      spec = { ...spec, ...(await callback({ ...this.#call, spec })) };
    const draft: MailDraft = { ...this.#call, spec };
    const { result, ended } = surround(this.#all("aroundRender"), draft, () => render(spec));
    // Nothing is sent yet, so any error of a callback fails the mail.
    const [mail] = await Promise.all([result, ended]);
    return this.#change(mail, this.#all("afterRender").toReversed());
  }

  /** What is to be sent instead of the mail. @throws what callbacks throw, and InvalidMailError */
  beforeDeliver(mail: RenderedMail): Promise<RenderedMail> {
    return this.#change(mail, this.#all("beforeDeliver"));
  }

  aroundDeliver<T>(mail: RenderedMail, send: () => Promise<T>): Surrounded<T> {
    if (this.isEmpty) return { result: send() };
    return surround(this.#all("aroundDeliver"), { ...this.#call, mail }, send);
  }

  /** One for each callback, in order. */
  afterDeliver(sent: SentMail): readonly (() => void | Promise<void>)[] {
    return this.#all("afterDeliver")
      .toReversed()
      .map((callback) => () => callback(sent));
  }

  outgoing(mail: RenderedMail): OutgoingMail {
    return { ...this.#call, mail };
  }

  async #change(given: RenderedMail, callbacks: readonly Callback<"beforeDeliver">[]): Promise<RenderedMail> {
    let mail = given;
    for (const callback of callbacks) mail = changedMail(mail, await callback(this.outgoing(mail)));
    return mail;
  }

  #all<K extends keyof MailCallbacks>(kind: K): readonly Callback<K>[] {
    return this.#callbacks.length === 0 ? [] : listOf(this.#callbacks, kind);
  }
}

type Lists = Map<keyof MailCallbacks, readonly unknown[]>;

/** Kept for each class of mailers, because all its mails have the same callbacks. */
const lists = new WeakMap<readonly MailCallbacks[], Lists>();

/** Each function once: a subclass that copies its parent's callbacks into its own does not run them twice. */
function listOf<K extends keyof MailCallbacks>(
  line: readonly MailCallbacks[],
  kind: K,
): readonly Callback<K>[] {
  const known: Lists = lists.get(line) ?? new Map();
  lists.set(line, known);
  // Lists are flattened here, so that only functions are left.
  const found: readonly (readonly unknown[])[] = line.map((callbacks) => [callbacks[kind] ?? []].flat());
  const list = known.get(kind) ?? [...new Set(found.flat())];
  known.set(kind, list);
  return list as readonly Callback<K>[];
}
