import { InvalidOptionsError } from "../../errors/errors.ts";
import { callName, INSTANCE, type PERFORM, registry } from "../../jobs/handler.ts";
import { withoutExpecting } from "../../jobs/unused-calls.ts";
import type { Message } from "../../mailers/message.ts";
import type { JobCall } from "../../plain-jobs/job-call.ts";
import { isRecords } from "../../records/record-handler.ts";
import type { AsymmetricMatcher } from "../expected/asymmetric-matcher.ts";
import { show } from "../expected/show.ts";

/** What `mailer()` gives, whatever its actions are. */
export interface AnyMailer {
  readonly mailerName: string;
}

/** What `job()` gives, whatever it takes. */
export interface AnyJob {
  readonly jobName: string;
}

/** What `delayable()` gives, whatever its records are: a model of mongoose too. */
export interface AnyRecords {
  readonly recordName: string;
}

/** Whatever performs stored calls. */
export type AnyHandler = AnyMailer | AnyJob | AnyRecords;

/** A call that is not made yet. `never`: the arguments of methods are many. */
type Lazily = (...args: never) => JobCall;

/** The methods of records and of their class: of a model, those of its documents and its statics. */
type RecordCallsOf<F> = F extends {
  call(record: never): infer M;
  readonly statics: { readonly call: infer S };
}
  ? { readonly methods: M; readonly statics: S }
  : F extends { hydrate(fields: never): { readonly calls: infer M }; readonly calls: infer S }
    ? { readonly methods: M; readonly statics: S }
    : never;

type LazyOf<M> = { [K in keyof M]: M[K] extends Lazily ? K : never }[keyof M] & string;

/** `#send` is a record's method, `archive` one of the class: as `jobs list` writes them. */
type RecordActionOf<F> =
  RecordCallsOf<F> extends { readonly methods: infer M; readonly statics: infer S }
    ? `#${LazyOf<M>}` | LazyOf<S>
    : never;

type MethodArgs<M, K> = K extends keyof M ? (M[K] extends (...args: infer A) => JobCall ? A : never) : never;

type RecordArgsOf<F, K> =
  RecordCallsOf<F> extends { readonly methods: infer M; readonly statics: infer S }
    ? K extends `#${infer N}`
      ? MethodArgs<M, N>
      : MethodArgs<S, K>
    : never;

/** What a record's id may be written as: that of a document as its text too. */
export type RecordIdOf<F> = F extends { idOf(record: never): infer I }
  ? NonNullable<I>
  : F extends { hydrate(fields: never): { readonly _id: infer I } }
    ? I | string
    : never;

/** The names of what can be stored of a mailer, a job or records: its actions, `perform`, or methods. */
export type QueuedActionOf<F> = F extends AnyJob
  ? typeof PERFORM
  : F extends AnyRecords
    ? RecordActionOf<F>
    : ActionOf<F>;

/** The arguments of a call that can be stored. */
export type QueuedArgsOf<F, K> = F extends { delay(): { perform: (...args: infer A) => unknown } } & AnyJob
  ? A
  : F extends AnyRecords
    ? RecordArgsOf<F, K>
    : K extends keyof F
      ? ArgsOf<F, K>
      : never;

/** The arguments of a call that can be stored, with stand-ins for those that do not matter. */
export type ExpectedQueuedArgs<F, K> = ExpectableEach<QueuedArgsOf<F, K>>;

/** `never`, and not `never[]`: the arguments of an overloaded action are a union of lists. */
type Lazy = (...args: never) => Message;

/** The names of a mailer's actions. */
export type ActionOf<F> = { [K in keyof F]: F[K] extends Lazy ? K : never }[keyof F] & string;

/** The arguments of an action. */
export type ArgsOf<F, K extends keyof F> = F[K] extends (...args: infer A) => Message ? A : never;

/** The params of a mailer, any of them. */
export type ParamsOf<F> = F extends { with(params: infer P): unknown } ? Partial<Expectable<P>> : never;

type Whole = string | number | boolean | bigint | symbol | null | undefined | Date | Uint8Array;

/** A value, or a stand-in for it or for a part of it. */
export type Expectable<T> =
  | T
  | AsymmetricMatcher
  | (T extends Whole ? never : { readonly [K in keyof T]: Expectable<T[K]> });

type ExpectableEach<A> = A extends readonly unknown[] ? { readonly [I in keyof A]: Expectable<A[I]> } : never;

/** The arguments of an action, with stand-ins for those that do not matter. */
export type ExpectedArgs<F, K extends keyof F> = ExpectableEach<ArgsOf<F, K>>;

export interface Times {
  /** How often there is to be one. Without it once will do, and more often too. */
  readonly times?: number;
}

interface CallWords {
  readonly action: string;
  readonly args: readonly unknown[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** The call that a mail comes from, or that a job holds. */
export type CapturedCall = CallWords & ({ readonly mailer: string } | { readonly handler: string });

/** The stored name of the mailer, or of whatever else performs it. */
export function handlerOf(call: CapturedCall): string {
  return "handler" in call ? call.handler : call.mailer;
}

/** A call as it is written in code, on one line. */
export function showCall(call: CapturedCall): string {
  const { action, args, params } = call;
  const handler = handlerOf(call);
  const given = Object.keys(params).length === 0 ? handler : withParams(handler, action, params);
  return `${callName(given, action)}(${args.map((arg) => show(arg)).join(", ")})`;
}

/** `Invoice(9)` is the record that a method is called on. */
function withParams(handler: string, action: string, params: CallWords["params"]): string {
  return action.startsWith(INSTANCE)
    ? `${handler}(${show(idIn(params))})`
    : `${handler}.with(${show(params)})`;
}

/** Of the record whose method a call is; that of a document as its text. */
export function idIn({ id }: CallWords["params"]): unknown {
  return plainId(id);
}

export function plainId(id: unknown): unknown {
  return typeof id === "object" && id !== null && "toHexString" in id ? String(id) : id;
}

/**
 * The name of a mailer that has this action, of a job, or of records.
 * @throws InvalidOptionsError because an assertion that nothing of a misspelt name was sent would always hold
 */
export function checkedHandler(caller: string, given: unknown, action: unknown): string {
  const name = nameOf(given);
  if (name === undefined || !canDelay(given))
    throw new InvalidOptionsError(caller, [
      `its first argument must be what mailer(), job() or delayable() gives, such as UserMailer, and is ${show(given)}`,
    ]);
  const actions = actionsOf(name, given);
  if (typeof action === "string" && actions.includes(action)) return name;
  throw new InvalidOptionsError(caller, [
    `${name} has no action ${show(action)}; it has ${actions.join(", ") || "none"}`,
  ]);
}

/** A record's methods are known by those of its kind; what `delay()` of a mailer or a job gives has them itself. */
function actionsOf(name: string, given: { delay(): object }): readonly string[] {
  const records = registry.get(name);
  if (records && isRecords(records))
    return [...records.methods.map((method) => `${INSTANCE}${method}`), ...records.staticMethods];
  return Object.keys(withoutExpecting(() => given.delay()));
}

const NAMES = ["mailerName", "jobName", "recordName"];

/** A model of mongoose is a function. */
function nameOf(given: unknown): string | undefined {
  if (typeof given !== "function" && (typeof given !== "object" || given === null)) return undefined;
  const names = NAMES.map((name): unknown => Reflect.get(given, name));
  return names.find((name) => typeof name === "string");
}

function canDelay(given: unknown): given is { delay(): object } {
  return given !== null && given !== undefined && typeof Reflect.get(Object(given), "delay") === "function";
}
