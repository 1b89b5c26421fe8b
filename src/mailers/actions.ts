import type { Draft, Mailer } from "./mailer.ts";

type Action = (...args: never[]) => Draft | Promise<Draft>;

/** The names of a mailer's mail actions: its public methods whose awaited result is a draft. */
export type ActionName<M> = {
  [K in keyof M]-?: M[K] extends Action ? K : never;
}[keyof M] &
  string;

/** The arguments of every overload (up to four) as a union of tuples; their labels are kept. */
type OverloadArgs<F> = F extends {
  (...args: infer A extends Arguments): unknown;
  (...args: infer B extends Arguments): unknown;
  (...args: infer C extends Arguments): unknown;
  (...args: infer D extends Arguments): unknown;
}
  ? A | B | C | D
  : F extends (...args: infer A extends Arguments) => unknown
    ? A
    : never;

/** Rest parameters may be readonly. */
type Arguments = readonly unknown[];

/** The arguments of an action. */
export type ActionArgs<M, K extends ActionName<M>> =
  OverloadArgs<M[K]> extends infer A extends readonly unknown[] ? A : never;

/** What `.with({ ... })` of a mailer takes. */
export type ParamsOf<M> = M extends Mailer<infer P> ? P : never;
