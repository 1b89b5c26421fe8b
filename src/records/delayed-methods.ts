import type { Job } from "../jobs/job.ts";
import type { AsPersistable, NotPersistable } from "../jobs/persistable.ts";
import type { JobCall } from "../plain-jobs/job-call.ts";

type AnyMethod = (...args: never[]) => unknown;

/** What an object does at the stations of its jobs is none of its jobs. */
type Hook = "enqueue" | "before" | "success" | "error" | "after" | "failure";

/** The names of an object's public methods that can be delayed. */
export type MethodName<T> = {
  [K in keyof T]-?: K extends Hook | `_${string}` | `$${string}` ? never : T[K] extends AnyMethod ? K : never;
}[keyof T] &
  string;

type ArgsOf<F> = F extends (...args: infer A extends readonly unknown[]) => unknown ? A : never;
type ResultOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

type IfStorable<K extends string, A, F> =
  A extends AsPersistable<A>
    ? F
    : NotPersistable<`${K}: an argument cannot be stored; pass an id or plain data`>;

/** The methods of an object, each storing its call. One whose arguments cannot be stored is no function here. */
export type DelayedMethods<T> = {
  readonly [K in MethodName<T>]: IfStorable<
    K,
    ArgsOf<T[K]>,
    (...args: ArgsOf<T[K]>) => Promise<Job<ArgsOf<T[K]>, ResultOf<T[K]>>>
  >;
};

/** The methods of an object, each giving a call that is not made yet. */
export type MethodCalls<T> = {
  readonly [K in MethodName<T>]: IfStorable<
    K,
    ArgsOf<T[K]>,
    (...args: ArgsOf<T[K]>) => JobCall<ArgsOf<T[K]>, ResultOf<T[K]>>
  >;
};
