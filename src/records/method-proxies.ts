import type { DelayOptions } from "../jobs/delay-options.ts";
import type { JobCall } from "../plain-jobs/job-call.ts";
import type { RecordHandler } from "./record-handler.ts";

type MakeCall = (method: string, args: readonly unknown[]) => JobCall;

/**
 * An object that has every name for a method, so that one that cannot be delayed is refused with the reason. It has no `then`, so
 * awaiting it by mistake is harmless.
 */
function methods(answer: (method: string, args: readonly unknown[]) => unknown): object {
  return new Proxy(Object.freeze(Object.create(null)), {
    get: (_, name) => {
      if (typeof name !== "string" || name === "then" || name === "toJSON") return undefined;
      return (...args: unknown[]) => answer(name, args);
    },
  });
}

/** @throws UnknownActionError | RecordNotSavedError, when a method is called */
export function delayedMethods(makeCall: MakeCall, options: DelayOptions): object {
  return methods(async (method, args) => makeCall(method, args).performLater(options));
}

export function methodCalls(makeCall: MakeCall): object {
  return methods(makeCall);
}

export function ofRecord(handler: RecordHandler, record: object): MakeCall {
  return (method, args) => handler.callOf(record, method, args);
}

export function ofStatics(handler: RecordHandler): MakeCall {
  return (method, args) => handler.staticCall(method, args);
}
