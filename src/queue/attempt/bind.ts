import type { BoundCall, Call, JobHandler } from "../../jobs/handler.ts";

/** A call with what it is performed on. @throws what making or loading that throws */
export async function bind(handler: JobHandler, call: Call): Promise<BoundCall> {
  if (handler.bind) return handler.bind(call);
  return {
    settings: handler.settings,
    perform: (attempt, host) => handler.perform(call, attempt, host),
  };
}
