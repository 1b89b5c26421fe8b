import { fileURLToPath } from "node:url";
import { type Bundle, bundle } from "../../test/support/bundle.ts";

const PROCESSES = ["worker", "producer", "editor", "mail-server", "lock-holder"];

/** Makes one file of each process's sources. They are started again and again, and so in a third of the time. */
export function bundleProcesses(): Bundle {
  const path = (name: string) => fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url));
  return bundle(PROCESSES.map(path), "stress-");
}
