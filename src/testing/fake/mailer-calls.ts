import { InvalidOptionsError } from "../../errors/errors.ts";
import { callName, type PERFORM } from "../../jobs/handler.ts";
import type { Message } from "../../mailers/message.ts";
import { withoutExpecting } from "../../mailers/unused-calls.ts";
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

/** The names of what can be stored of a mailer or a job: its actions, or `perform`. */
export type QueuedActionOf<F> = F extends AnyJob ? typeof PERFORM : ActionOf<F>;

/** The arguments of a call that can be stored. */
export type QueuedArgsOf<F, K> = F extends { delay(): { perform: (...args: infer A) => unknown } } & AnyJob
  ? A
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
  const given = Object.keys(params).length === 0 ? handler : `${handler}.with(${show(params)})`;
  return `${callName(given, action)}(${args.map((arg) => show(arg)).join(", ")})`;
}

/**
 * The name of a mailer that has this action, or of a job.
 * @throws InvalidOptionsError because an assertion that nothing of a misspelt name was sent would always hold
 */
export function checkedHandler(caller: string, given: unknown, action: unknown): string {
  const name = nameOf(given);
  if (name === undefined || !canDelay(given))
    throw new InvalidOptionsError(caller, [
      `its first argument must be what mailer() or job() gives, such as UserMailer, and is ${show(given)}`,
    ]);
  const actions = Object.keys(withoutExpecting(() => given.delay()));
  if (typeof action === "string" && actions.includes(action)) return name;
  throw new InvalidOptionsError(caller, [
    `${name} has no action ${show(action)}; it has ${actions.join(", ") || "none"}`,
  ]);
}

function nameOf(given: unknown): string | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const name: unknown = Reflect.get(given, "mailerName") ?? Reflect.get(given, "jobName");
  return typeof name === "string" ? name : undefined;
}

function canDelay(given: unknown): given is { delay(): object } {
  return typeof given === "object" && given !== null && "delay" in given && typeof given.delay === "function";
}
