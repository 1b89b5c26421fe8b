// What `delayed-mailer/mongoose` offers: methods of documents and models as jobs.

import type { Document, Model } from "mongoose";
import { InvalidOptionsError, RecordNotSavedError } from "../errors/errors.ts";
import type { DelayOptions } from "../jobs/delay-options.ts";
import { registry } from "../jobs/handler.ts";
import type { Job } from "../jobs/job.ts";
import { applicationPlace } from "../jobs/source-place.ts";
import {
  delayedMethods,
  isDelayable,
  methodCalls,
  ofRecord,
  ofStatics,
  type RecordOptions,
  register,
} from "./delayable.ts";
import type { DelayedMethods, MethodCalls } from "./delayed-methods.ts";
import type { Locator } from "./locator.ts";
import type { RecordHandler } from "./record-handler.ts";

/** What every document of a delayable model has. */
export interface Delaying<I> {
  /**
   * The document's own methods, each storing its call: `await post.delay({ session }).publish()`.
   * @throws InvalidOptionsError; its methods RecordNotSavedError | UnstorableValueError | UnknownActionError and what storing throws
   */
  delay(options?: DelayOptions): DelayedMethods<I>;
  /** The document's own methods, each giving a call that is not made yet. */
  readonly calls: MethodCalls<I>;
}

type None = Record<never, never>;
/** What `delayable()` puts on a model. */
type OwnStatic = keyof Delaying<None> | "recordName";
/** Of whatever version of mongoose, whose models have not the same number of type parameters. */
type DocumentOf<M> = M extends { hydrate(fields: never): infer H } ? H : never;
type FieldsOf<M> = M extends { castObject(fields: never): infer R } ? R : never;
/** What a document has of its schema. */
type OwnOf<M> = Omit<DocumentOf<M>, keyof Document | keyof Delaying<None>>;
type StaticsOf<M> = Omit<M, keyof Model<unknown> | OwnStatic>;
type ModelOf<M, H> = Model<FieldsOf<M>, None, None, None, H> & StaticsOf<M>;

/** The model with `delay` on its documents and on itself. Query helpers are there, and not in its type. */
export type DelayableModel<M> = ModelOf<M, DocumentOf<M> & Delaying<OwnOf<M>>> & {
  /** The stored name. */
  readonly recordName: string;
  /** The model's statics, each storing its call. */
  delay(options?: DelayOptions): DelayedMethods<StaticsOf<M>>;
  /** The model's statics, each giving a call that is not made yet. */
  readonly calls: MethodCalls<StaticsOf<M>>;
};

export interface MongooseRecordOptions extends RecordOptions {
  /** The stored name. Defaults to the model's. */
  readonly name?: string;
}

/** What is used of a model, of whatever copy of mongoose. */
interface AnyModel {
  readonly modelName: string;
  readonly prototype: object;
  readonly schema: { readonly methods: object; readonly statics: object };
}

interface AnyDocument {
  readonly _id: unknown;
  readonly isNew: boolean;
  $isDeleted?(): boolean;
}

/**
 * Makes the methods of a model's documents, and its statics, jobs: `await post.delay().publish()`. Only the model's name and the id are
 * stored, never a field; a worker loads the document anew. What becomes of a job whose document is gone, `recordGone` says.
 * @returns the model, with its new type
 * @throws NameTakenError | InvalidOptionsError
 * @example export const Post = delayable(model("Post", postSchema), { recordGone: "discard" });
 */
export function delayable<M extends AnyModel>(
  model: M,
  options: MongooseRecordOptions = {},
): DelayableModel<M> {
  const { name = model.modelName, ...settings } = options;
  const { methods, statics } = checkedModel(model).schema;
  const place = applicationPlace(new Error("shows who calls").stack);
  const handler = register(settings, {
    locator: locatorOf(model, name),
    methods: Object.keys(methods).filter(isDelayable),
    statics: model,
    staticMethods: Object.keys(statics).filter(isDelayable),
    source: { class: { name }, place },
  });
  define(model.prototype, "delay", {
    value: function (this: object, given: DelayOptions = {}) {
      return delayedMethods(ofRecord(handler, this), given, handler.name);
    },
  });
  define(model.prototype, "calls", {
    get(this: object) {
      return methodCalls(ofRecord(handler, this));
    },
  });
  define(model, "delay", {
    value: (given: DelayOptions = {}) => delayedMethods(ofStatics(handler), given, handler.name),
  });
  define(model, "recordName", { value: handler.name });
  define(model, "calls", { value: methodCalls(ofStatics(handler)) });
  handlers.set(model, handler);
  // The type above is what was defined here.
  return model as unknown as DelayableModel<M>;
}

const handlers = new WeakMap<object, RecordHandler>();

function define(on: object, name: string, descriptor: PropertyDescriptor): void {
  Object.defineProperty(on, name, { configurable: true, ...descriptor });
}

function checkedModel<M extends AnyModel>(model: M): M {
  const given: unknown = model;
  if (typeof given === "function" && "schema" in given && "modelName" in given) return model;
  throw new InvalidOptionsError("delayable", ["it takes a mongoose model"]);
}

function locatorOf(model: AnyModel, name: string): Locator<object> {
  return {
    name,
    idOf: (record) => {
      const document = record as AnyDocument;
      const { _id: id } = document;
      if (document.isNew) throw new RecordNotSavedError(`${name} ${String(id)}`, "was never saved");
      if (document.$isDeleted?.()) throw new RecordNotSavedError(`${name} ${String(id)}`, "is deleted");
      return id;
    },
    find: async (id) => {
      const found: unknown = await Reflect.apply(Reflect.get(model, "findById"), model, [ownId(id)]);
      return typeof found === "object" ? found : undefined;
    },
  };
}

/** An ObjectId of another copy of the library is no ObjectId for this model; its digits are cast by the schema. */
function ownId(id: unknown): unknown {
  return typeof id === "object" && id !== null && "toHexString" in id ? String(id) : id;
}

/** An option, or a function of the document that gives it, asked at each call. */
type Asked<D, T> = T | ((document: D) => T);

/** Options of the jobs that a method becomes. */
export type AsynchronousOptions<D> = {
  readonly [K in keyof DelayOptions]: Asked<D, DelayOptions[K]>;
};

type Storing<F> = F extends (...args: infer A extends readonly unknown[]) => infer R
  ? (...args: A) => Promise<Job<A, Awaited<R>>>
  : never;

type Asynchronous<H, K extends string> = Omit<H, K> & {
  readonly [P in K]: P extends keyof H ? Storing<H[P]> : never;
} & { readonly [P in K as `${P}WithoutDelay`]: P extends keyof H ? H[P] : never };

/** The model whose method stores its call, and has the method as it was under `…WithoutDelay`. */
export type AsynchronousModel<M, K extends string> = ModelOf<M, Asynchronous<DocumentOf<M>, K>> &
  Pick<DelayableModel<M>, "recordName" | "delay" | "calls">;

/**
 * From now on the plain call of a method stores it: `await post.publish()` gives the job, and `post.publishWithoutDelay()` does what
 * `publish()` did. A worker calls the method as it was.
 * @param options each may be a function of the document, asked at each call
 * @returns the model, with its new type
 * @throws InvalidOptionsError when the model is not `delayable()`, or has no such method
 * @example export const Post = handleAsynchronously(delayable(model("Post", schema)), "publish", { priority: (post) => post.rank });
 */
export function handleAsynchronously<M extends AnyModel, K extends keyof OwnOf<M> & string>(
  model: M,
  method: K,
  options: AsynchronousOptions<DocumentOf<M>> = {},
): AsynchronousModel<M, K> {
  const handler = handlers.get(model);
  const original: unknown = Reflect.get(model.prototype, method);
  if (
    handler === undefined ||
    typeof original !== "function" ||
    !registry.get(handler.name)?.has(`#${method}`)
  )
    throw new InvalidOptionsError("handleAsynchronously", [
      `${model.modelName} must be made delayable() first, and have a method ${method}`,
    ]);
  handler.keepOriginal(`#${method}`, original as (...args: readonly unknown[]) => unknown);
  define(model.prototype, `${method}WithoutDelay`, { value: original, writable: true });
  define(model.prototype, method, {
    writable: true,
    value: async function (this: object, ...args: unknown[]) {
      return handler.callOf(this, method, args).performLater(resolved(options, this));
    },
  });
  return model as unknown as AsynchronousModel<M, K>;
}

function resolved(options: object, document: object): DelayOptions {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === "function" ? value(document) : value,
    ]),
  );
}

export type { Locator } from "./locator.ts";
