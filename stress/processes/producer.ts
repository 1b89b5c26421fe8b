import { setTimeout as sleep } from "node:timers/promises";
import { close, openApp } from "../../src/index.ts";
import { nextOrder } from "../jobs/mix.ts";
import { Random } from "../random.ts";
import { leave, setUp } from "./setup.ts";

/** Enqueues that may wait for their answers at once. */
const LANES = 4;

const { enqueuer, name, seed } = setUp();
const [perSecond = 10] = process.argv.slice(2).map(Number);
let isPaused = false;
let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});
// The parent says so when more waits than workers can do.
process.on("message", (message) => {
  isPaused = message === "pause";
});

async function produce(lane: string): Promise<void> {
  const random = new Random(seed, lane);
  while (!isStopping) {
    await sleep((2_000 * LANES * random.next()) / perSecond);
    if (isPaused || isStopping) continue;
    const { count, ...order } = nextOrder(random, lane);
    if (count > 1) await enqueuer.enqueueAll(count, order);
    else await enqueuer.enqueue(order);
  }
}

// As a worker does.
await openApp().catch(() => process.exit(2));
process.send?.("ready");
await Promise.all(Array.from({ length: LANES }, (_, lane) => produce(`${name}.${lane}`)));
await close();
leave();
