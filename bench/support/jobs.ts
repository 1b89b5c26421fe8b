import { type Attempt, Registry } from "../../src/jobs/handler.ts";
import type { NewJob } from "../../src/jobs/job-record.ts";
import { newObjectId } from "../../src/jobs/object-id.ts";
import { PAYLOAD } from "./contender.ts";

/** A job of 200 bytes. */
export function benchJob(more: Partial<NewJob> = {}): NewJob {
  return {
    id: newObjectId(),
    handler: "Bench",
    action: "run",
    args: [PAYLOAD],
    params: {},
    meta: {},
    queue: "default",
    priority: 0,
    maxAttempts: 25,
    ...more,
  };
}

/** Knows how such jobs are performed. */
export function benchRegistry(perform: (attempt: Attempt) => Promise<void> | void): Registry {
  const registry = new Registry();
  registry.add({
    name: "Bench",
    aliases: [],
    settings: {},
    has: () => true,
    actions: () => ["Bench.run"],
    check: async (_, args) => args,
    perform: async (_, attempt) => perform(attempt),
  });
  return registry;
}
