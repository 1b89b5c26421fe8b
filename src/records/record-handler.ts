import {
  InvalidOptionsError,
  RecordGoneError,
  RecordNotSavedError,
  UnknownActionError,
  UnstorableValueError,
  WrongRecordError,
} from "../errors/errors.ts";
import {
  type Attempt,
  type BoundCall,
  type Call,
  type HandlerSettings,
  INSTANCE,
  type JobHandler,
} from "../jobs/handler.ts";
import { contextOf, withJobContext } from "../jobs/job-context.ts";
import type { PlacedClass } from "../jobs/source-place.ts";
import { encode } from "../jobs/stored-value.ts";
import { JobCall } from "../plain-jobs/job-call.ts";
import { hooksOf } from "../plain-jobs/job-handler.ts";
import type { Locator } from "./locator.ts";

const RECORDS = Symbol.for("delayed-mailer/records");

export interface RecordHandlerOptions {
  readonly locator: Locator<object>;
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  /** The public methods of a record. */
  readonly methods: readonly string[];
  /** What the methods of the kind itself are called on. */
  readonly statics: object | undefined;
  readonly staticMethods: readonly string[];
  /** The class or model, and where `delayable()` was called. */
  readonly source: PlacedClass;
}

type Method = (...args: readonly unknown[]) => unknown;

/** Records of one kind as the queue sees them: only a record's id is stored, and a worker loads it anew. */
export class RecordHandler implements JobHandler {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly settings: HandlerSettings;
  readonly source: PlacedClass;
  /** Tells records from other handlers, of whatever copy of the library. */
  readonly [RECORDS] = true;
  readonly #options: RecordHandlerOptions;
  /** What `handleAsynchronously` put something else in the place of. */
  readonly #originals = new Map<string, Method>();

  constructor(options: RecordHandlerOptions) {
    this.name = options.locator.name;
    this.aliases = options.aliases;
    this.settings = options.settings;
    this.source = options.source;
    this.#options = options;
  }

  has(action: string): boolean {
    const { methods, staticMethods } = this.#options;
    return action.startsWith(INSTANCE) ? methods.includes(action.slice(1)) : staticMethods.includes(action);
  }

  actions(): readonly string[] {
    const { methods, staticMethods } = this.#options;
    return [
      ...methods.map((name) => `${this.name}${INSTANCE}${name}`),
      ...staticMethods.map((name) => `${this.name}.${name}`),
    ];
  }

  get methods(): readonly string[] {
    return this.#options.methods;
  }

  get staticMethods(): readonly string[] {
    return this.#options.staticMethods;
  }

  /** From now on the worker calls this in place of the method. */
  keepOriginal(method: string, original: Method): void {
    this.#originals.set(method, original);
  }

  async check(_action: string, args: readonly unknown[]): Promise<readonly unknown[]> {
    return args;
  }

  /** @throws InvalidOptionsError when it is no record; RecordNotSavedError | UnstorableValueError when its id cannot be stored */
  callOf(record: object, method: string, args: readonly unknown[]): JobCall {
    const action = `${INSTANCE}${method}`;
    if (!this.has(action)) throw this.#refusal(action);
    const given: unknown = record;
    if (typeof given !== "object" || given === null)
      throw new InvalidOptionsError(`${this.name}${action}`, [
        `pass a record of it: ${given === null ? "null" : typeof given} was given, as where none was found`,
      ]);
    const id = this.#options.locator.idOf(record);
    if (id === undefined || id === null) throw new RecordNotSavedError(`a ${this.name}`, "was never saved");
    encode(id, `${this.name}: the id`);
    const settings = { ...this.settings, hooks: { ...this.settings.hooks, ...hooksOf(record) } };
    return new JobCall({ handler: this.name, action, args, params: { id }, settings });
  }

  staticCall(method: string, args: readonly unknown[]): JobCall {
    if (!this.has(method)) throw this.#refusal(method);
    return new JobCall({ handler: this.name, action: method, args, settings: this.settings });
  }

  /** @throws RecordGoneError | WrongRecordError, and what the locator throws */
  async bind({ action, args, params }: Call): Promise<BoundCall> {
    const isStatic = !action.startsWith(INSTANCE);
    const target = isStatic ? this.#options.statics : await this.#load(params.id);
    const name = isStatic ? action : action.slice(1);
    const own = isStatic ? {} : hooksOf(target ?? {});
    return {
      settings: { ...this.settings, hooks: { ...this.settings.hooks, ...own } },
      perform: async (attempt) =>
        withJobContext(contextOf(attempt), () => this.#method(target, name, action)(...args)),
    };
  }

  async perform(call: Call, attempt: Attempt): Promise<unknown> {
    return (await this.bind(call)).perform(attempt, { performMail: NO_MAIL });
  }

  async #load(id: unknown): Promise<object> {
    const { locator } = this.#options;
    // No call of ours is stored without one, and a locator that is asked for nothing may find something.
    if (id === undefined || id === null)
      throw new UnstorableValueError("What is stored", "not what was written there (no id of a record)");
    const record = await locator.find(id);
    if (record === undefined || record === null) throw new RecordGoneError(`${this.name} ${shown(id)}`);
    const found = locator.idOf(record);
    if (shown(found) !== shown(id)) throw new WrongRecordError(this.name, shown(id), shown(found));
    return record;
  }

  #refusal(action: string): UnknownActionError {
    return new UnknownActionError(this.name, action, this.actions(), "made");
  }

  #method(target: object | undefined, name: string, action: string): Method {
    const original = this.#originals.get(action);
    const method: unknown = original ?? (target && Reflect.get(target, name));
    if (typeof method !== "function") throw new UnknownActionError(this.name, action, this.actions());
    return (...args) => Reflect.apply(method, target, args);
  }
}

const NO_MAIL = () => Promise.reject(new Error("A record's method makes no mail by itself."));

/** An id as it is stored, for people and to compare. */
function shown(id: unknown): string {
  const json = encode(id, "id");
  return typeof json === "string" ? json : JSON.stringify(json);
}

export function isRecords(handler: JobHandler): handler is RecordHandler {
  return RECORDS in handler;
}
