import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** Promises that nobody waits for, each with the reason why it cannot reject. A new one needs a line here, and the reason. */
const NOT_WAITED_FOR: Readonly<Record<string, string>> = {
  "delivery/aftermath.ts: ended.then(() => this.#running.delete(ended))": "its run catches everything",
  "newsletters/chunk-run.ts: this.#recorder.flush()": "the recorder's promises never reject",
  "queue/job-runner.ts: this.#leases.close()": "it waits for a heartbeat, which catches everything",
  "queue/job-runner.ts: this.#perform(held)": "performJob turns every error into an ending",
  "queue/job-runner.ts: this.#settler.flush()": "a write that fails is kept and told",
  "queue/lease-keeper.ts: this.heartbeat()": "a heartbeat that fails is told",
  "queue/reaper.ts: this.look()": "a look that fails is told",
  "stores/mongo/doorbell.ts: broken.close().catch(() => undefined)": "it is caught",
  "stores/mongo/doorbell.ts: this.#stop()": "closing the stream is caught",
  "supervisor/supervised.ts: worker.freeLeasesOf(toProcess.parse(message).gone)":
    "the reaper tells what fails",
  "transports/rate-turns.ts: this.#ask()": "it ends every wait, also when the ledger fails",
};

/** `void` before a call hides the promise from the linter. */
const HIDDEN = /(?<![:\w"<|] ?)\bvoid ((?:this|[a-z]\w*)[.#\w]*\(.*?\)(?:\.\w+\(.*?\))*)[,;)]?$/gm;

it("every promise in src that nobody waits for cannot reject (row 1.1)", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const found = files.flatMap((file) =>
    [...readFileSync(join("src", file), "utf8").matchAll(HIDDEN)].map(([, call]) => `${file}: ${call}`),
  );
  const trimmed = found.map((line) => line.replace(/, \w+(?: \* .*)?$/, ""));
  expect(trimmed.toSorted()).toEqual(Object.keys(NOT_WAITED_FOR).toSorted());
});
