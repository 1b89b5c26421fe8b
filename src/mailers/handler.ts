import type { z } from "zod";
import { NotAMailActionError } from "../errors/errors.ts";
import { checkedArgs } from "../jobs/checked-args.ts";
import type { Attempt, Call, HandlerSettings, JobHandler, JobHost } from "../jobs/handler.ts";
import { type JobContext, withJobContext } from "../jobs/job-context.ts";
import type { PlacedClass, SourcePlace } from "../jobs/source-place.ts";
import { mailbox } from "../mail/addresses.ts";
import type { Drafted, MailRules } from "../mail/callbacks.ts";
import { mailAttempt } from "./mail-attempt.ts";
import { isDraft, Mailer } from "./mailer.ts";
import { Message } from "./message.ts";

const MAILER = Symbol.for("delayed-mailer/mailer");

type Upcast = (args: readonly unknown[]) => readonly unknown[];

interface MailerDefinition {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  readonly rules: MailRules;
  readonly actions: { new (params: never): Mailer; readonly name: string };
  readonly schemas: Readonly<Record<string, z.ZodType | undefined>>;
  readonly upcasts: Readonly<Record<string, Upcast | undefined>>;
  /** Where `mailer()` was called. */
  readonly place: SourcePlace | undefined;
}

type MessageCall = Pick<Call, "action" | "args" | "params"> &
  Partial<Pick<Call, "meta">> & {
    /** Whose mail it is, where a worker performs it. */
    readonly attempt?: JobContext;
  };

/** A mailer as the queue sees it: a name, its actions, and how to check and perform a stored call of one. */
export class MailerHandler implements JobHandler {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  readonly rules: MailRules;
  readonly actionNames: readonly string[];
  /** Its class, and where `mailer()` was called. */
  readonly source: PlacedClass;
  /** Tells a mailer from other handlers, of whatever copy of the library. */
  readonly [MAILER] = true;
  readonly #actions: MailerDefinition["actions"];
  readonly #schemas: MailerDefinition["schemas"];
  readonly #upcasts: MailerDefinition["upcasts"];

  constructor({ name, aliases, settings, rules, actions, schemas, upcasts, place }: MailerDefinition) {
    this.name = name;
    this.aliases = aliases;
    this.settings = settings;
    this.actionNames = methodNames(actions.prototype);
    this.rules = rules;
    this.source = { class: actions, place };
    this.#actions = actions;
    this.#schemas = schemas;
    this.#upcasts = upcasts;
  }

  has(action: string): boolean {
    return this.actionNames.includes(action);
  }

  actions(): readonly string[] {
    return this.actionNames.map((action) => `${this.name}.${action}`);
  }

  upcast(action: string, args: readonly unknown[]): readonly unknown[] {
    const upcast = Object.hasOwn(this.#upcasts, action) ? this.#upcasts[action] : undefined;
    return upcast?.(args) ?? args;
  }

  async check(action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    const schema = this.schemaOf(action);
    return schema === undefined ? args : checkedArgs({ handler: this.name, action, args }, schema);
  }

  /** What the arguments of an action have to be, where its mailer says so. */
  schemaOf(action: string): z.ZodType | undefined {
    return Object.hasOwn(this.#schemas, action) ? this.#schemas[action] : undefined;
  }

  /** The names of an action's parameters, as its code has them; undefined for one that is taken apart. For people: a minifier changes them. */
  parametersOf(action: string): readonly (string | undefined)[] {
    const method: unknown = Reflect.get(this.#actions.prototype, action);
    return typeof method === "function" ? parameterNames(method.toString()) : [];
  }

  /** The message of a call; nothing runs yet. */
  message({ meta, attempt, ...call }: MessageCall): Message {
    const { action, args, params } = call;
    const draft = () => this.#draft(call, attempt);
    const { name: mailer, settings, rules } = this;
    const senderDomain = () => this.#senderDomain(params);
    const origin = { mailer, action, args, params, settings, rules, draft, senderDomain };
    return new Message(meta ? { ...origin, meta } : origin);
  }

  perform(call: Call, attempt: Attempt, host: JobHost): Promise<void> {
    const { context, sending } = mailAttempt(attempt);
    return host.performMail(this.message({ ...call, attempt: context }), sending);
  }

  /** Of the mailer's own `defaults()`, where it has one; the action, which may say another, has not run yet. */
  #senderDomain(params: Call["params"]): string | undefined {
    try {
      const { from } = Mailer.defaultsOf(new this.#actions(params as never));
      return from === undefined ? undefined : mailbox(from, "from").address.split("@").at(-1);
    } catch {
      // Whatever is wrong is told when the mail is made.
      return undefined;
    }
  }

  async #draft(
    { action, args, params }: Pick<Call, "action" | "args" | "params">,
    attempt: JobContext | undefined,
  ): Promise<Drafted> {
    const checked = await this.check(action, args);
    const instance = new this.#actions(params as never);
    if (attempt) Mailer.enter(instance, attempt);
    const method: unknown = Reflect.get(instance, action);
    if (typeof method !== "function") throw new NotAMailActionError(this.name, action);
    const run = (): unknown => Reflect.apply(method, instance, checked);
    const spec: unknown = await (attempt ? withJobContext(attempt, run) : run());
    if (!isDraft(spec)) throw new NotAMailActionError(this.name, action);
    return { spec, defaults: Mailer.defaultsOf(instance) };
  }
}

export function isMailer(handler: JobHandler): handler is MailerHandler {
  return MAILER in handler;
}

/** Methods of a class and its parents up to, and without those of, `Mailer`. */
function methodNames(prototype: object): readonly string[] {
  const names = new Set<string>();
  for (
    let level: object | null = prototype;
    level && level !== Mailer.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (typeof value === "function" && !(name in Mailer.prototype)) names.add(name);
  }
  return [...names].sort();
}

/**
 * The names in the head of a function's source; undefined for a parameter that is taken apart.
 * @example parameterNames("welcome(email, { code }, count = 1) {}") // ["email", undefined, "count"]
 */
export function parameterNames(source: string): readonly (string | undefined)[] {
  const begin = source.indexOf("(");
  if (begin < 0) return [];
  const names: string[] = [];
  let depth = 0;
  let name = "";
  for (const character of source.slice(begin + 1)) {
    if (depth === 0 && (character === "," || character === ")")) {
      names.push(name);
      name = "";
      if (character === ")") break;
      continue;
    }
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    name += character;
  }
  const isEmpty = names.every((each) => each.trim() === "");
  return isEmpty ? [] : names.map((each) => /^\s*(?:\.{3})?([A-Za-z_$][\w$]*)/.exec(each)?.[1]);
}
