import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../../src/errors/error-message.ts";
import { close, openApp } from "../../src/index.ts";
import { StressMailer } from "../jobs/stress-mailer.ts";
import { type Issue, issueOf, rowsOf } from "../newsletters/issue.ts";
import { announcedBy } from "../newsletters/own-issues.ts";
import { Random } from "../random.ts";
import { leave, setUp } from "./setup.ts";

const { ledger, folder, name, seed } = setUp();
/** The place, which another process held before. */
const [post = ""] = name.split(".");
const AGAIN_AFTER_MS = 500;
const LONGEST_REST_MS = 4_000;
const REST_EVERY_ROWS = 25;
let isPaused = false;
let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});
process.on("message", (message) => {
  isPaused = message === "pause";
});

async function* audience(issue: Issue): AsyncGenerator<{ email: string; name?: string }> {
  let rows = 0;
  for (const { recipient } of rowsOf(issue)) {
    yield recipient;
    if (++rows % REST_EVERY_ROWS === 0 && issue.restMs > 0) await sleep(issue.restMs);
  }
}

/** Begins a newsletter, or goes on with it, until it is planned. */
async function plan(issue: Issue): Promise<void> {
  const { key, chunkSize } = issue;
  for (;;) {
    try {
      await StressMailer.broadcast(audience(issue), { key, chunkSize }).issue(key);
      ledger.write({ what: "planned", key });
      return;
    } catch (error) {
      ledger.write({ what: "unplanned", key, error: errorMessage(error) });
      await sleep(AGAIN_AFTER_MS);
    }
  }
}

function announce(key: string): Issue {
  const issue = issueOf(seed, key);
  ledger.write({ what: "announced", key, size: issue.size, chunkSize: issue.chunkSize });
  return issue;
}

await openApp().catch(() => process.exit(2));
process.send?.("ready");
const random = new Random(seed, name);
const { count, unplanned } = announcedBy(post, folder);
for (const key of unplanned) await plan(issueOf(seed, key));
for (let number = count + 1; !isStopping; ) {
  await sleep(LONGEST_REST_MS * random.next());
  if (isPaused || isStopping) continue;
  const issue = announce(`${post}-${number++}`);
  await plan(issue);
  // As somebody does who is not sure whether he did it.
  if (random.chance(0.1)) await plan(issue);
}
await close();
leave();
