import { Gauge, Registry } from "prom-client";
import type { JobTally } from "../jobs/job-list.ts";

/** What waits in a store, as Prometheus reads it: counted no further than the tally was. @param now of the store, in ms since 1970 */
export async function storeMetrics(
  { states, queues }: JobTally,
  now: number,
): Promise<{ readonly type: string; readonly text: string }> {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Gauge({
    name: "delayed_mailer_store_jobs",
    help: "Jobs by state, counted up to 10,000",
    labelNames: ["state"],
    registers,
  });
  for (const [state, count] of Object.entries(states)) jobs.set({ state }, count);
  const waiting = new Gauge({
    name: "delayed_mailer_queue_waiting",
    help: "Waiting jobs by queue, counted up to 10,000",
    labelNames: ["queue"],
    registers,
  });
  const age = new Gauge({
    name: "delayed_mailer_queue_due_age_seconds",
    help: "For how long the first job of a queue has been due; 0 where none is",
    labelNames: ["queue"],
    registers,
  });
  for (const { queue, ready, firstAt } of queues) {
    waiting.set({ queue }, ready);
    age.set({ queue }, Math.max(0, now - firstAt.getTime()) / 1_000);
  }
  return { type: registry.contentType, text: await registry.metrics() };
}
