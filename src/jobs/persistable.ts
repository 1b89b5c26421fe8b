/** A MongoDB ObjectId, of whatever copy of the bson library. */
export interface ObjectIdLike {
  readonly _bsontype: "ObjectId";
  toHexString(): string;
}

type AnyFunction = (...args: never[]) => unknown;

type Unstorable =
  | AnyFunction
  | symbol
  | Promise<unknown>
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | WeakMap<object, unknown>
  | WeakSet<object>;

/** `T` where every part of it comes back from the store as it went in; `never` at the parts that would not. */
export type AsPersistable<T> = T extends
  | string
  | number
  | boolean
  | bigint
  | null
  | undefined
  | Date
  | Uint8Array
  | ObjectIdLike
  ? T
  : T extends Unstorable
    ? never
    : T extends readonly unknown[]
      ? { [I in keyof T]: AsPersistable<T[I]> }
      : T extends object
        ? { [K in keyof T]: AsPersistable<T[K]> }
        : never;

/** Stands where a method would be, so that the compiler's message says what is wrong. */
export interface NotPersistable<Why extends string> {
  readonly __error: Why;
}
