import { cpus, loadavg, totalmem } from "node:os";

/** What the figures depend on, and how busy the machine is with other things. */
export function machine(): string {
  const [load = 0] = loadavg();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `Node ${process.versions.node}, ${cpus().length} cores, ${gigabytes} GB, load ${load.toFixed(1)} before the run`;
}
