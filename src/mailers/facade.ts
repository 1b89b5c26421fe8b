import type { z } from "zod";
import { InvalidOptionsError, NamelessMailerError, UnknownActionError } from "../errors/errors.ts";
import { application } from "../jobs/application.ts";
import type { DelayOptions } from "../jobs/delay-options.ts";
import { namedFunctions } from "../jobs/delayable-call.ts";
import { type HandlerSettings, registry } from "../jobs/handler.ts";
import type { JobHooks } from "../jobs/hooks.ts";
import type { Job } from "../jobs/job.ts";
import type { Audience, Newsletter, NewsletterOptions, NewsletterRequest } from "../jobs/newsletter.ts";
import type { AsPersistable, NotPersistable } from "../jobs/persistable.ts";
import { applicationPlace, isReloadedClass } from "../jobs/source-place.ts";
import { expectUse } from "../jobs/unused-calls.ts";
import type { BodyRenderer } from "../mail/body-renderer.ts";
import { type MailCallbacks, type Rescue, rulesOf } from "../mail/callbacks.ts";
import { type Localization, localizationProblems } from "../mail/language.ts";
import type { ActionArgs, ActionName, ParamsOf } from "./actions.ts";
import { isMailer, MailerHandler } from "./handler.ts";
import type { Mailer } from "./mailer.ts";
import type { Message } from "./message.ts";
import { addPreviews, type Samples } from "./preview.ts";

type Lazy<M> = { readonly [K in ActionName<M>]: (...args: ActionArgs<M, K>) => Message };

/** The actions of a mailer, each storing its call. An action whose arguments cannot be stored is no function here. */
export type Delayed<M> = {
  readonly [K in ActionName<M>]: ActionArgs<M, K> extends AsPersistable<ActionArgs<M, K>>
    ? (...args: ActionArgs<M, K>) => Promise<Job<ActionArgs<M, K>>>
    : NotPersistable<`${K}: an argument cannot be stored; pass an id or plain data`>;
};

type FirstOf<A> = A extends readonly [infer First, ...unknown[]] ? First : never;
type RestOf<A> = A extends readonly [unknown, ...infer Rest] ? Rest : never;

/** The actions of a mailer whose first parameter takes a row of the audience. */
export type Broadcasting<M, R> = {
  readonly [K in ActionName<M>]: [R] extends [FirstOf<ActionArgs<M, K>>]
    ? ActionArgs<M, K> extends AsPersistable<ActionArgs<M, K>>
      ? (...rest: RestOf<ActionArgs<M, K>>) => Promise<Newsletter>
      : NotPersistable<`${K}: an argument cannot be stored; pass an id or plain data`>
    : NotPersistable<`${K}: its first parameter does not take a row of this audience`>;
};

/** One zod schema of the argument tuple per action, checked against the method's parameters by the compiler. */
export type ArgSchemas<M> = {
  readonly [K in ActionName<M>]?: z.ZodType<ActionArgs<M, K>, ActionArgs<M, K>>;
};

/** By action: turns the arguments of calls that were stored by older code into those of today, before they are checked. */
export type ArgUpcasts<M> = {
  readonly [K in ActionName<M>]?: (args: readonly unknown[]) => readonly unknown[];
};

export interface MailerOptions<M> extends Omit<HandlerSettings, "hooks"> {
  /** The stored name. Defaults to the class's own, which a bundler may change. */
  readonly name?: string;
  readonly args?: ArgSchemas<M>;
  /**
   * For actions whose parameters have changed while calls of them may still be stored.
   * @example upcast: { welcome: ([email, name = "you"]) => [email, name] }
   */
  readonly upcast?: ArgUpcasts<M>;
  /** Names under which older jobs of this mailer may still be stored. */
  readonly aliases?: readonly string[];
  /** What to show the actions with. May as well be in a file of its own, see `previews()`. */
  readonly previews?: Samples<M>;
}

/** What `mailer(Class)` gives: every action, lazy; `delay`, `with` and `broadcast` beside them. */
export type MailerFacade<M> = Lazy<M> & {
  readonly mailerName: string;
  /** The same actions, each storing its call for a worker. @throws InvalidOptionsError */
  delay(options?: DelayOptions): Delayed<M>;
  /**
   * The same mailer with params, which its actions read from `this.params`. Adds to earlier params. On every mailer, `locale` and
   * `timeZone` are the language and clock of its mails, now and in the worker.
   * @throws InvalidOptionsError when these two are not what `Intl` takes
   */
  with(params: ParamsOf<M> & Localization): MailerFacade<M>;
  /** The same actions, for every row of an audience. @throws InvalidOptionsError */
  broadcast<R>(audience: Audience<R>, options?: NewsletterOptions<R>): Broadcasting<M, R>;
};

interface MailerClass<M> {
  new (params: never): M;
  readonly name: string;
  readonly hooks: JobHooks;
  readonly transport?: string;
  readonly renderer?: BodyRenderer;
  readonly callbacks: MailCallbacks;
  readonly rescues: readonly Rescue[];
}

const FACADE_WORDS = ["delay", "with", "broadcast", "mailerName", "then"];

/**
 * Makes a mailer class callable: `UserMailer.welcome(...)`, `UserMailer.delay().welcome(...)`, and registers it so that a
 * worker can perform its stored calls.
 * @throws NamelessMailerError | NameTakenError | InvalidOptionsError
 * @example export const UserMailer = mailer(UserActions, { name: "UserMailer", args: { welcome: z.tuple([z.email()]) } });
 */
export function mailer<M extends Mailer>(
  actions: MailerClass<M>,
  options: MailerOptions<M> = {},
): MailerFacade<M> {
  const { name = actions.name, aliases = [], args: schemas = {}, upcast: upcasts = {}, ...rest } = options;
  const { previews = {}, ...queued } = rest;
  if (name === "") throw new NamelessMailerError();
  const settings = { ...queued, hooks: actions.hooks };
  const rules = rulesOf(actions);
  const place = applicationPlace(new Error("shows who calls").stack);
  const definition = { name, aliases, settings, rules, actions, schemas, upcasts, place };
  const handler = new MailerHandler(definition);
  const reserved = handler.actionNames.filter((action) => FACADE_WORDS.includes(action));
  if (reserved.length > 0)
    throw new InvalidOptionsError(`mailer ${name}`, [
      `no action can be called ${reserved.join(", ")}: rename it`,
    ]);
  registry.add(handler, (known) => isMailer(known) && isReloadedClass(known.source, handler.source));
  addPreviews(name, previews);
  return facade(handler, {}) as MailerFacade<M>;
}

/** The types above are the only description of this object; it is built from the names found on the prototype. */
function facade(handler: MailerHandler, params: Readonly<Record<string, unknown>>): object {
  const message = (action: string, args: readonly unknown[]) => handler.message({ action, args, params });
  const expected = (action: string) =>
    expectUse(`${handler.name}.${action}()`, "call .deliver() or .deliverLater() on what it gives");
  return Object.freeze({
    ...each(
      handler,
      (action) =>
        (...args: unknown[]) =>
          message(action, args).onUse(expected(action)),
    ),
    mailerName: handler.name,
    with: (more: object) => facade(handler, checkedParams(handler.name, { ...params, ...more })),
    delay: (options: DelayOptions = {}) => {
      const used = expectUse(
        `${handler.name}.delay()`,
        "call the action on what it gives: .delay().welcome(...)",
      );
      const store =
        (action: string) =>
        async (...args: unknown[]) => {
          used();
          return message(action, args).deliverLater(options);
        };
      return namedFunctions(each(handler, store), async (name) => {
        used();
        throw noAction(handler, name);
      });
    },
    broadcast: (audience: Audience<unknown>, options: NewsletterOptions<unknown> = {}) => {
      const used = expectUse(
        `${handler.name}.broadcast()`,
        "call the action on what it gives: .broadcast(audience).weekly(...)",
      );
      const plan =
        (action: string) =>
        async (...args: unknown[]) => {
          used();
          return broadcast({ audience, options, handler: handler.name, action, args, params });
        };
      return namedFunctions(each(handler, plan), async (name) => {
        used();
        throw noAction(handler, name);
      });
    },
  });
}

function noAction(handler: MailerHandler, name: string): UnknownActionError {
  return new UnknownActionError(handler.name, name, handler.actions(), "made");
}

async function broadcast(request: NewsletterRequest): Promise<Newsletter> {
  return (await application()).broadcast(request);
}

/** Refuses a mistyped language where the call is made, not first in a worker. The compiler or the renderer refuses a value that is no text. */
function checkedParams(name: string, params: Readonly<Record<string, unknown>>) {
  const { locale, timeZone } = params;
  const problems = localizationProblems({
    locale: typeof locale === "string" ? locale : undefined,
    timeZone: typeof timeZone === "string" ? timeZone : undefined,
  });
  if (problems.length > 0) throw new InvalidOptionsError(`${name}.with()`, problems);
  return params;
}

/** One function per action. */
function each(handler: MailerHandler, make: (action: string) => unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(handler.actionNames.map((action) => [action, make(action)]));
}
