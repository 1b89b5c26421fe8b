import { type Attempt, type Call, type JobHandler, Registry } from "../../src/jobs/handler.ts";

/** A handler that does what a test wants: `Probe.go`. */
export function probeRegistry(perform: (call: Call, attempt: Attempt) => unknown, settings = {}): Registry {
  const probe: JobHandler = {
    name: "Probe",
    aliases: [],
    settings,
    has: (action) => action === "go",
    actions: () => ["Probe.go"],
    check: async (_, args) => args,
    perform: async (call, attempt) => void (await perform(call, attempt)),
  };
  const registry = new Registry();
  registry.add(probe);
  return registry;
}
