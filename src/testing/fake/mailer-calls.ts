import { InvalidOptionsError } from "../../errors/errors.ts";
import { FACADE_WORDS } from "../../mailers/facade.ts";
import type { Message } from "../../mailers/message.ts";
import type { AsymmetricMatcher } from "../expected/asymmetric-matcher.ts";
import { show } from "../expected/show.ts";

/** What `mailer()` gives, whatever its actions are. */
export interface AnyMailer {
  readonly mailerName: string;
}

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

export interface MailerCall {
  readonly mailer: string;
  readonly action: string;
  readonly args: readonly unknown[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** A call as it is written in code, on one line. */
export function showCall({ mailer, action, args, params }: MailerCall): string {
  const given = Object.keys(params).length === 0 ? "" : `.with(${show(params)})`;
  return `${mailer}${given}.${action}(${args.map((arg) => show(arg)).join(", ")})`;
}

/**
 * The name of a mailer that has this action.
 * @throws InvalidOptionsError because an assertion that nothing of a misspelt name was sent would always hold
 */
export function checkedMailer(caller: string, mailer: unknown, action: unknown): string {
  if (!isMailer(mailer))
    throw new InvalidOptionsError(caller, [
      `its first argument must be what mailer() gives, such as UserMailer, and is ${show(mailer)}`,
    ]);
  const actions = Object.keys(mailer).filter((name) => !FACADE_WORDS.includes(name));
  if (typeof action === "string" && actions.includes(action)) return mailer.mailerName;
  throw new InvalidOptionsError(caller, [
    `${mailer.mailerName} has no action ${show(action)}; it has ${actions.join(", ") || "none"}`,
  ]);
}

function isMailer(value: unknown): value is AnyMailer & { delay(): object } {
  return (
    typeof value === "object" &&
    value !== null &&
    "mailerName" in value &&
    typeof value.mailerName === "string" &&
    "delay" in value &&
    typeof value.delay === "function"
  );
}
