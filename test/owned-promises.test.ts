import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/**
 * Calls whose promise nobody waits for, which `void` hides from the linter. Each has the reason why it cannot reject: an unhandled
 * rejection ends the process, and counts as a crash of every job in hand. A new call needs a line here, and a reason.
 */
const NOT_WAITED_FOR: Readonly<Record<string, string>> = {
  "app/log.ts: loadLines": "what fails is said on stderr",
  "cli/init/to-commonjs.ts: main": "it is text of a file that is written",
  "newsletters/chunk-run.ts: this.#recorder.flush": "the recorder's promises never reject",
  "queue/worker/job-runner.ts: this.#hooks.add": "hooks catch what they throw, and tell it",
  "queue/worker/job-runner.ts: this.#leases.close": "it waits for a heartbeat, which catches everything",
  "queue/worker/job-runner.ts: this.#perform": "performJob turns every error into a disposition",
  "queue/worker/job-runner.ts: this.#settler.flush": "a write that fails is kept, and told",
  "queue/worker/lease-keeper.ts: this.heartbeat": "a heartbeat that fails is told",
  "queue/worker/lease-keeper.ts: this.look": "a look that fails is caught: the next heartbeat tells",
  "queue/worker/limit-gate.ts: settled.then": "it waits for a step whose error is told to who asked for it",
  "queue/worker/chores.ts: this.look": "a look that fails is told",
  "rendering/templates/template-set.ts: this.#template": "it is no promise",
  "stores/mongo/jobs/job-notifier.ts: broken.close": "it is caught",
  "stores/mongo/jobs/job-notifier.ts: this.#stop": "closing the stream is caught",
  "supervisor/supervised.ts: worker.freeLeasesOf": "the reaper tells what fails",
  "transports/breaker.ts: this.#probe": "what verify throws is a fault that the breaker keeps",
  "transports/providers/permits.ts: this.#asking.then": "a trip to the store that fails is caught",
  "transports/providers/polite-transport.ts: gate.close": "permits that cannot be given back are caught",
  "transports/rates/rate-limiter.ts: this.#ask": "where the store fails it puts everybody off",
  "transports/smtp/connection-pool.ts: leaving.then": "a connection that cannot quit is destroyed",
  "transports/smtp/smtp-connection.ts: this.#sendInPieces": "what breaks the connection ends the transaction",
  "transports/smtp/smtp-connection.ts: this.quit": "a connection that cannot quit is destroyed",
  "transports/warm-up/warm-up-transport.ts: this.#draw": "it is caught",
  "web/dev/watch-folders.ts: watcher.close": "what cannot be closed is an error event, which is heard",
  "web/server-events.ts: stream.writeSSE": "it is caught: a page that was closed",
};

const HIDDEN = /\bvoid ((?:this|[a-z]\w*)[.#\w]*)\(/g;

it("every promise in src that nobody waits for cannot reject (row 1.1)", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const found = files.flatMap((file) =>
    [...readFileSync(join("src", file), "utf8").matchAll(HIDDEN)].map(([, call]) => `${file}: ${call}`),
  );
  // What is called twice in a file has one reason.
  expect([...new Set(found)].toSorted()).toEqual(Object.keys(NOT_WAITED_FOR).toSorted());
});
