import type { WorkerReport } from "../../../activity/activity-store.ts";
import { headline } from "../../../jobs/describe-error.ts";
import type { JobTally } from "../../../jobs/job-list.ts";
import type { JobRecord } from "../../../jobs/job-record.ts";
import { foreign, type Html, html, NOTHING, span, when } from "../../page/html.ts";
import { T } from "../../texts.ts";
import type { Activity, NewsletterRow, QueueRow } from "../board-answers.ts";
import { shownText } from "../redaction.ts";
import { activityView } from "./activity-views.ts";
import { nameOf } from "./job-parts.ts";
import { newsletterLine } from "./newsletter-list.ts";
import { queueTable } from "./queue-views.ts";
import { type Surroundings, upTo } from "./view-parts.ts";

interface Overview {
  readonly activity: Activity;
  readonly workers: readonly WorkerReport[];
  readonly tally: JobTally;
  readonly queues: readonly QueueRow[];
  readonly running: readonly JobRecord[];
  readonly failed: readonly JobRecord[];
  readonly newsletters: readonly NewsletterRow[];
}

export function overview(
  { activity, workers, tally, queues, running, failed, newsletters }: Overview,
  around: Surroundings,
): Html {
  const { base } = around;
  const oldest = queues
    .flatMap(({ oldestDue }) => oldestDue ?? [])
    .toSorted((a, b) => a.getTime() - b.getTime())[0];
  const under = newsletters.filter(
    ({ progress }) => progress.state === T.stateNames.leased || progress.state === "paused",
  );
  const late = oldest && Date.now() - oldest.getTime() > 60_000 ? "warn" : "";
  return html`<h1 class="skip">${T.overview}</h1><div class="cards">
${figure(`${base}/jobs?state=ready`, upTo(tally.states.ready), T.stateNames.ready)}
${figure(`${base}/jobs?state=leased`, upTo(tally.states.leased), T.stateNames.leased)}
${figure(`${base}/jobs?state=failed`, upTo(tally.states.failed), T.stateNames.failed, tally.states.failed > 0 ? "bad" : "")}
${figure(`${base}/queues`, oldest ? span(Date.now() - oldest.getTime()) : T.none, T.oldestDueJob, late)}
${figure(`${base}/workers`, String(workers.length), workers.length === 1 ? T.worker : T.workersWord, workers.length === 0 && tally.states.ready > 0 ? "bad" : "")}
${figure(`${base}/newsletters`, String(under.length), under.length === 1 ? T.newsletterUnderWay : T.newslettersUnderWay)}
</div>
${activityView(activity, `${base}/`)}
${under.length === 0 ? NOTHING : html`<section class="card"><h2>${T.newslettersUnderWayHeading}</h2>${under.map((row) => html`<div class="inside">${newsletterLine(row, base)}</div>`)}</section>`}
<div class="two">
<section class="card"><h2>${T.failedLast}</h2>${
    failed.length === 0
      ? html`<p class="inside faint">${T.nothingHasFailedYet}</p>`
      : failedTable(failed, around)
  }</section>
<section class="card"><h2>${T.runningNow}</h2>${
    running.length === 0
      ? html`<p class="inside faint">${T.nothingRuns} ${tally.states.ready > 0 ? html`${T.jobsWait} <code>npm run worker</code>` : NOTHING}</p>`
      : runningTable(running, base)
  }</section>
</div>
<section class="card"><h2>${T.queues}</h2>${queueTable(queues, around)}</section>`;
}

function figure(href: string, value: string, label: string, kind = ""): Html {
  return html`<a class="figure ${kind}" href="${href}"><b>${value}</b><small>${label}</small></a>`;
}

function failedTable(jobs: readonly JobRecord[], { base, redact }: Surroundings): Html {
  return html`<table><tbody>${jobs.map(
    (job) =>
      html`<tr data-row><td><a href="${base}/jobs/${job.id}">${nameOf(job)}</a><br><span class="small faint">${foreign(shownText(headline(job.lastError ?? ""), redact).slice(0, 160))}</span></td><td class="nowrap">${when(job.failedAt)}</td></tr>`,
  )}</tbody></table>`;
}

function runningTable(jobs: readonly JobRecord[], base: string): Html {
  return html`<div class="scroll"><table class="stack"><thead><tr><th>${T.mail}</th><th>${T.workerHeading}</th><th>${T.since}</th></tr></thead><tbody>${jobs.map(
    (job) =>
      html`<tr><td class="name" data-label="${T.mail}"><a href="${base}/jobs/${job.id}">${nameOf(job)}</a></td><td data-label="${T.workerHeading}" class="mono">${foreign(job.lockedBy ?? "")}</td><td data-label="${T.since}" class="nowrap">${when(job.lockedAt)}</td></tr>`,
  )}</tbody></table></div>`;
}
