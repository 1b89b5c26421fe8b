import { cutError, headline } from "../../../jobs/describe-error.ts";
import type { JobLimit } from "../../../jobs/job-limit.ts";
import type { AttemptError, JobRecord } from "../../../jobs/job-record.ts";
import { foreign, type Html, html, NOTHING, number, visible, when } from "../../page/html.ts";
import { T } from "../../texts.ts";
import { type Redact, shownArguments, shownText } from "../redaction.ts";
import { dueOf, nameOf, stateTag } from "./job-parts.ts";
import { rateText } from "./queue-views.ts";
import { flash, type Surroundings } from "./view-parts.ts";

function limitPart({ key, concurrency, rate }: JobLimit, redact: Redact | undefined): Html {
  const parts = [
    ...(concurrency === undefined ? [] : [T.runsAtOnce(number(concurrency))]),
    ...(rate === undefined ? [] : [rateText(rate)]),
  ];
  return html`${foreign(shownText(key, redact))} <span class="faint">${parts.join(", ")}</span>`;
}

export interface JobView {
  readonly job: JobRecord;
  readonly said?: { readonly text: string; readonly isBad: boolean } | undefined;
}

export function jobView({ job, said }: JobView, around: Surroundings): Html {
  const { base, mayAct, redact } = around;
  const pair = (name: string, value: Html | string | undefined) =>
    value === undefined ? NOTHING : html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<div class="head"><h1>${nameOf(job)}</h1>${stateTag(job)}<span class="grow"></span>${mayAct ? jobActs(job, base) : NOTHING}</div>
${said ? flash(said) : NOTHING}
<div class="two"><section class="card"><h2>${T.job}</h2><div class="inside"><dl class="pairs">
${pair(T.id, html`<code>${job.id}</code>`)}${pair(T.queue, html`<a href="${base}/jobs?${new URLSearchParams({ queue: job.queue })}">${foreign(job.queue)}</a>`)}${pair(T.priority, String(job.priority))}
${pair(T.attempts, T.attemptsOf(job.attempts, job.maxAttempts, job.crashes))}
${pair(T.stored, when(job.createdAt))}${pair(T.due, dueOf(job))}
${pair(T.expires, job.expiresAt && when(job.expiresAt))}${pair(T.heldBy, job.lockedBy && html`<code>${visible(job.lockedBy)}</code>`)}${pair(T.heldUntil, job.lockedUntil && when(job.lockedUntil))}
${pair(T.failedAt, job.failedAt && when(job.failedAt))}${pair(T.reason, job.failReason)}${pair(T.done, job.finishedAt && when(job.finishedAt))}
${pair(T.uniqueKey, job.uniqueKey === undefined ? undefined : foreign(shownText(job.uniqueKey, redact)))}${pair(T.limit, job.limit && limitPart(job.limit, redact))}${pair(T.group, job.group === undefined ? undefined : foreign(job.group))}
</dl></div></section>
<section class="card"><h2>${T.arguments}</h2><div class="inside"><pre class="block" tabindex="0">${visible(shownArguments(job, redact))}</pre>${
    redact === undefined
      ? html`<p class="small faint">${T.valuesAreHidden} <code>dashboard({ redact })</code> ${T.redactSays}</p>`
      : NOTHING
  }${redact === false ? html`<p><a href="${base}/jobs/${job.id}/mail">${T.makeItsMailAnd}</a></p>` : NOTHING}</div></section></div>
${errorsPart(job, redact)}`;
}

/** What went wrong in each attempt: the last in sight, those before it to be opened. */
function errorsPart({ lastError, errors = [] }: JobRecord, redact: Redact | undefined): Html {
  const [newest, ...older] = errors.toReversed();
  // An attempt that is given back leaves its error as the last one, and is not among those that counted.
  const isLast = lastError === undefined || cutError(lastError) === newest?.error;
  const text = lastError ?? newest?.error;
  if (text === undefined) return NOTHING;
  const of =
    isLast && newest
      ? html`<span class="faint small">${attemptOf(newest)}, ${when(newest.at)}</span>`
      : NOTHING;
  return html`<section class="card"><header><h2>${T.lastError}</h2>${of}</header><pre class="inside" tabindex="0">${visible(shownText(text, redact))}</pre></section>${errorsBefore(isLast ? older : errors.toReversed(), redact)}`;
}

function errorsBefore(errors: readonly AttemptError[], redact: Redact | undefined): Html {
  if (errors.length === 0) return NOTHING;
  return html`<section class="card"><h2>${T.errorsOfAttemptsBefore}</h2>${errors.map((each) => {
    const text = shownText(each.error, redact);
    return html`<details class="inside"><summary>${attemptOf(each)}, ${when(each.at)}: ${foreign(headline(text))}</summary><pre class="block" tabindex="0">${visible(text)}</pre></details>`;
  })}</section>`;
}

function attemptOf({ attempt }: AttemptError): string {
  return attempt === undefined ? T.anAttempt : T.attempt(attempt);
}

function jobActs({ id, state }: JobRecord, base: string): Html {
  const ask = (verb: string, label: string, why: string, kind = "main", extra: Html = NOTHING, key = "") =>
    html`<details class="ask"${key ? html` data-key="${key}"` : NOTHING}><summary>${label}</summary><form method="post" action="${base}/jobs/${id}/${verb}"><p>${why}</p>${extra}<button class="${kind}">${label}</button></form></details>`;
  const time = html`<p><label>${T.timeInUtc} <input type="datetime-local" name="runAt" required step="1"></label></p>`;
  return html`${state === "failed" ? ask("retry", T.retry, T.retryWhy, "main", NOTHING, "r") : NOTHING}${
    state === "ready" ? ask("run", T.runNow, T.runWhy, "main", NOTHING, "r") : NOTHING
  }${state === "ready" ? ask("reschedule", T.reschedule, T.rescheduleWhy, "main", time) : NOTHING}${
    state === "ready" || state === "leased" ? ask("cancel", T.cancel, T.cancelWhy, "danger") : NOTHING
  }${state === "failed" || state === "done" ? ask("remove", T.remove, T.removeWhy, "danger") : NOTHING}`;
}
