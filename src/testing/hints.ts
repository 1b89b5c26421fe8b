import { headline } from "../jobs/describe-error.ts";
import { callName } from "../jobs/handler.ts";
import type { Job } from "../jobs/job.ts";
import { unusedCalls } from "../jobs/unused-calls.ts";
import { differences } from "./expected/differences.ts";
import type { Expectation } from "./expected/expectation.ts";
import { cut } from "./expected/show.ts";
import { howOften } from "./failure-text.ts";
import { callOfJob, isChunk } from "./fake/captured-lines.ts";
import { type CapturedCall, handlerOf } from "./fake/mailer-calls.ts";
import type { Outbox } from "./fake/outbox.ts";

const MAX_HINTS = 5;
const MAX_ERROR = 300;

/** Where a mail that was not sent may be instead. */
export function hintsOfQueue(wanted: Expectation<never>, { queued }: Outbox): readonly string[] {
  if (queued.some((job) => isCall(wanted, job)))
    return ["Such a call is in the queue: performQueued() performs it, assertQueued() looks there."];
  if (queued.some(isChunk)) return ["A newsletter is in the queue: performQueued() sends it."];
  return [];
}

/** Where a call that is not in the queue may be instead. */
export function hintsOfSent(wanted: Expectation<never>, { sent }: Outbox): readonly string[] {
  const isSent = sent.some((mail) => isCall(wanted, mail));
  return isSent ? ["Such a mail was sent: assertSent() looks among those."] : [];
}

/** Calls of the action that came to nothing. */
export function hintsOfFailure(
  { handler, action }: Expectation<never>,
  { failed = [], stopped = [] }: Outbox,
): readonly string[] {
  const name = callName(handler, action);
  const reasons = stopped.filter(({ mail }) => mail === name).map(({ reason }) => reason);
  const stops = [...new Set(reasons)].map((reason) => {
    const times = reasons.filter((other) => other === reason).length;
    return `${name} was stopped ${howOften(times)}: ${cut(reason, MAX_ERROR)}`;
  });
  const unused = unusedCalls().filter(
    (line) => line.startsWith(`${name}() `) || line.startsWith(`${handler}.delay() `),
  );
  return [
    ...failed.filter((job) => job.handler === handler && job.action === action).map(hintOfFailed),
    ...stops,
    ...unused,
  ].slice(0, MAX_HINTS);
}

function hintOfFailed(job: Job): string {
  return `${callOfJob(job)} failed: ${cut(headline(job.lastError ?? ""), MAX_ERROR)}`;
}

/** Whether it is the call that was asked for, whatever else was asked. */
function isCall({ handler, action, args }: Expectation<never>, call: CapturedCall): boolean {
  if (handlerOf(call) !== handler || call.action !== action) return false;
  return args === undefined || differences(args, call.args, "").length === 0;
}
