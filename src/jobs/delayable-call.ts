import { InvalidOptionsError } from "../errors/errors.ts";
import { application } from "./application.ts";
import type { DelayOptions } from "./delay-options.ts";
import type { Call, HandlerSettings } from "./handler.ts";
import type { Job } from "./job.ts";

/** @internal marks everything that can be stored, of whatever copy of the library */
export const CALL = Symbol.for("delayed-mailer/call");

/** A call that can be stored or performed: a message, a plain job's, a record's. */
export interface DelayableCall extends Pick<Call, "action" | "args" | "params"> {
  readonly [CALL]: true;
  /** The stored name of what performs it. */
  readonly handler: string;
  readonly settings: HandlerSettings;
  /** What is fixed when the call is stored and stays the same at every attempt. */
  meta(domain: string, now: Date): Call["meta"];
}

export function isDelayableCall(value: unknown): value is DelayableCall {
  return typeof value === "object" && value !== null && CALL in value;
}

/**
 * Stores many calls in one write: messages, calls of jobs and of records' methods, mixed as you like. Nothing is stored when one of them
 * does not pass.
 * @throws InvalidOptionsError when something in it is no call
 * @example await delayAll(images.map(({ id }) => ResizeImage.call(id, 640)), { queue: "images" });
 */
export async function delayAll(
  calls: Iterable<DelayableCall>,
  options: Omit<DelayOptions, "uniqueKey"> = {},
): Promise<readonly Job[]> {
  const requests = Array.from(calls, (call) => ({ call: checkedCall(call), options }));
  return requests.length === 0 ? [] : (await application()).post(requests);
}

/** @throws InvalidOptionsError */
export function checkedCall(call: unknown, where = "delayAll"): DelayableCall {
  if (isDelayableCall(call)) return call;
  throw new InvalidOptionsError(where, [
    "it takes calls, such as ResizeImage.call(7) and UserMailer.welcome(email)",
  ]);
}

type Refuse = (name: string, args: readonly unknown[]) => unknown;

/**
 * Functions by their names, on an object that has every other name for one that refuses. A call of `constructor`, or of a name that is
 * mistyped, must not do nothing and say nothing where no compiler looks at it. It has no `then`, so awaiting it by mistake is harmless.
 */
export function namedFunctions(functions: Readonly<Record<string, unknown>>, refuse: Refuse): object {
  const target: Readonly<Record<string, unknown>> = Object.freeze(
    Object.assign(Object.create(null), functions),
  );
  return new Proxy(target, {
    get: (_, name) => {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      return Object.hasOwn(target, name) ? target[name] : (...args: unknown[]) => refuse(name, args);
    },
  });
}
