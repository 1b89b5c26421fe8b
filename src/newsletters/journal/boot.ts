import { readFileSync } from "node:fs";

const LINUX = "/proc/sys/kernel/random/boot_id";

/**
 * Names this run of this machine's kernel; empty where that cannot be told. What was written to a file is there for all processes until
 * the machine stops, so a journal of the same run is whole, however its process ended.
 */
export function bootId(): string {
  try {
    return readFileSync(LINUX, "utf8").trim();
  } catch {
    return "";
  }
}
