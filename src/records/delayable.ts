import { InvalidOptionsError, NamelessMailerError } from "../errors/errors.ts";
import { type DelayOptions, durationMs } from "../jobs/delay-options.ts";
import { namedFunctions } from "../jobs/delayable-call.ts";
import { type HandlerSettings, registry } from "../jobs/handler.ts";
import { applicationPlace, isReloadedClass } from "../jobs/source-place.ts";
import { expectUse } from "../jobs/unused-calls.ts";
import type { JobCall } from "../plain-jobs/job-call.ts";
import type { JobOptions } from "../plain-jobs/job-definition.ts";
import type { DelayedMethods, MethodCalls } from "./delayed-methods.ts";
import type { Locator } from "./locator.ts";
import { isRecords, RecordHandler, type RecordHandlerOptions } from "./record-handler.ts";

/** How the jobs of records are queued and performed unless their call says otherwise. */
export type RecordOptions = Omit<JobOptions, "upcast">;

/** What `delayable()` gives: the methods of records, and of their class, as jobs. */
export interface Delayable<T extends object, S, I = unknown> {
  /** The stored name. */
  readonly recordName: string;
  /** A record's id; undefined when it is not saved. @throws what the locator throws */
  idOf(record: T): I | undefined;
  /**
   * The methods of a record, each storing its call: `await Invoices.delay(invoice, { in: "1h" }).send()`.
   * @throws InvalidOptionsError; its methods RecordNotSavedError | UnstorableValueError | UnknownActionError and what storing throws
   */
  delay(record: T, options?: DelayOptions): DelayedMethods<T>;
  /** The methods of a record, each giving a call that is not made yet, for `delayAll`, `batch` and `schedule`. */
  call(record: T): MethodCalls<T>;
  /** The same for the static methods of the class. */
  readonly statics: {
    delay(options?: DelayOptions): DelayedMethods<S>;
    readonly call: MethodCalls<S>;
  };
}

interface RecordClass<T> {
  readonly prototype: T;
  readonly name: string;
}

/**
 * Makes the methods of a class's objects jobs. Only the name of the locator and the object's id are stored; a worker loads it anew.
 * @throws NameTakenError | NamelessMailerError | InvalidOptionsError
 * @example
 * export const Invoices = delayable(Invoice, { name: "Invoice", idOf: ({ id }) => id, find: (id) => Invoice.find(id) });
 * await Invoices.delay(invoice).send();
 */
export function delayable<T extends object, I, S extends RecordClass<T>>(
  recordClass: S & RecordClass<T>,
  locator: Locator<T, I>,
  options: RecordOptions = {},
): Delayable<T, Omit<S, "prototype">, I> {
  checkClass(recordClass);
  const handler = register(options, {
    locator: checkedLocator(locator),
    methods: methodsOf(recordClass.prototype, Object.prototype),
    statics: recordClass,
    staticMethods: methodsOf(recordClass, Function.prototype),
    source: { class: recordClass, place: applicationPlace(new Error("shows who calls").stack) },
  });
  return Object.freeze({
    recordName: handler.name,
    idOf: (record: T) => locator.idOf(record),
    delay: (record: T, given: DelayOptions = {}) =>
      delayedMethods(ofRecord(handler, record), given, handler.name),
    call: (record: T) => methodCalls(ofRecord(handler, record)),
    statics: Object.freeze({
      delay: (given: DelayOptions = {}) => delayedMethods(ofStatics(handler), given, handler.name),
      call: methodCalls(ofStatics(handler)),
    }),
    // The types above are the only description of these objects.
  }) as Delayable<T, Omit<S, "prototype">, I>;
}

/** @throws InvalidOptionsError */
function checkClass(given: unknown): void {
  if (typeof given === "function") return;
  throw new InvalidOptionsError("delayable", ["it takes a class, and how its objects are found"]);
}

type Kind = Omit<RecordHandlerOptions, "aliases" | "settings">;

/** Registers a kind of records. @throws NameTakenError | NamelessMailerError | InvalidOptionsError */
export function register({ aliases = [], ...options }: RecordOptions, kind: Kind): RecordHandler {
  if (kind.locator.name === "") throw new NamelessMailerError("delayable()", "Post");
  const settings = settingsIn(kind.locator.name, options);
  const handler = new RecordHandler({ ...kind, aliases, settings });
  registry.add(handler, (known) => isRecords(known) && isReloadedClass(known.source, handler.source));
  return handler;
}

function settingsIn(
  name: string,
  { maxRunTime, keepResult, ...rest }: Omit<RecordOptions, "aliases">,
): HandlerSettings {
  return {
    ...rest,
    ...(maxRunTime !== undefined && { maxRunTime: durationMs(`delayable ${name}: maxRunTime`, maxRunTime) }),
    ...(keepResult !== undefined && { resultFor: durationMs(`delayable ${name}: keepResult`, keepResult) }),
  };
}

/** The queue hands it whatever id was stored under its name. @throws InvalidOptionsError */
function checkedLocator<T extends object, I>(locator: Locator<T, I>): Locator<object> {
  const { name, idOf, find } = locator;
  if (typeof name === "string" && typeof idOf === "function" && typeof find === "function")
    return {
      name,
      idOf: (record) => locator.idOf(record as T),
      find: (id) => locator.find(id as I),
    };
  throw new InvalidOptionsError("delayable", ["a locator needs a name, idOf(record) and find(id)"]);
}

const HOOKS = ["enqueue", "before", "success", "error", "after", "failure"];

/** Whether a method of this name can be delayed: not what is private by its name, and no hook. */
export function isDelayable(name: string): boolean {
  return name !== "constructor" && name !== "delay" && !/^[_$#]/.test(name) && !HOOKS.includes(name);
}

/** The public methods of a class's objects, or of the class itself, with those of its parents. */
export function methodsOf(start: object, end: object | null): readonly string[] {
  const names = new Set<string>();
  for (let level: object | null = start; level && level !== end; level = Object.getPrototypeOf(level))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (typeof value === "function" && isDelayable(name)) names.add(name);
  return [...names].sort();
}

type MakeCall = (method: string, args: readonly unknown[]) => JobCall;

/** @throws UnknownActionError | RecordNotSavedError, when a method is called */
export function delayedMethods(makeCall: MakeCall, options: DelayOptions, kind: string): object {
  const used = expectUse(`delay() of ${kind}`, "call the method on what it gives: .delay().publish(...)");
  return namedFunctions({}, async (method, args) => {
    used();
    return makeCall(method, args).performLater(options);
  });
}

export function methodCalls(makeCall: MakeCall): object {
  return namedFunctions({}, makeCall);
}

export function ofRecord(handler: RecordHandler, record: object): MakeCall {
  return (method, args) => handler.callOf(record, method, args);
}

export function ofStatics(handler: RecordHandler): MakeCall {
  return (method, args) => handler.staticCall(method, args);
}
