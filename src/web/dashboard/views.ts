import type { WorkerReport } from "../../activity/activity-store.ts";
import { PARKED } from "../../jobs/batch.ts";
import { cutError, headline } from "../../jobs/describe-error.ts";
import type { JobLimit } from "../../jobs/job-limit.ts";
import type { JobTally } from "../../jobs/job-list.ts";
import { type AttemptError, JOB_STATES, type JobRecord, type JobState } from "../../jobs/job-record.ts";
import type { NewsletterFailure, NewsletterOutcome, NewsletterProgress } from "../../jobs/newsletter.ts";
import {
  counted,
  foreign,
  type Html,
  html,
  NOTHING,
  number,
  relative,
  scrolling,
  visible,
  when,
} from "../page/html.ts";
import { notice } from "../page/layout.ts";
import { activityView } from "./activity-views.ts";
import {
  type Activity,
  type JobsAnswer,
  LOOKED_THROUGH,
  type NewsletterRow,
  type NewslettersAnswer,
  type QueueRow,
} from "./board.ts";
import { cursorOf } from "./cursor.ts";
import { queueTable, rateText } from "./queue-views.ts";
import { type Redact, shownArguments, shownText } from "./redaction.ts";
import { type RehearsalsShown, rehearsalsPart } from "./rehearsal-view.ts";
import { T } from "./texts.ts";
import { flash, type Surroundings, upTo } from "./view-parts.ts";

export const STATE_NAMES: Readonly<Record<JobState, string>> = {
  ready: "waiting",
  leased: "running",
  failed: "failed",
  done: "done",
};

const STATE_TAGS: Readonly<Record<JobState, string>> = {
  ready: "",
  leased: "busy",
  failed: "bad",
  done: "good",
};

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
    ({ progress }) => progress.state === "running" || progress.state === "paused",
  );
  const late = oldest && Date.now() - oldest.getTime() > 60_000 ? "warn" : "";
  return html`<h1 class="skip">Overview</h1><div class="cards">
${figure(`${base}/jobs?state=ready`, upTo(tally.states.ready), "waiting")}
${figure(`${base}/jobs?state=leased`, upTo(tally.states.leased), "running")}
${figure(`${base}/jobs?state=failed`, upTo(tally.states.failed), "failed", tally.states.failed > 0 ? "bad" : "")}
${figure(`${base}/queues`, oldest ? relative(oldest.getTime() - Date.now()).replace(" ago", "") : "none", "oldest due job", late)}
${figure(`${base}/workers`, String(workers.length), workers.length === 1 ? "worker" : "workers", workers.length === 0 && tally.states.ready > 0 ? "bad" : "")}
${figure(`${base}/newsletters`, String(under.length), under.length === 1 ? "newsletter under way" : "newsletters under way")}
</div>
${activityView(activity, `${base}/`)}
${under.length === 0 ? NOTHING : html`<section class="card"><h2>Newsletters under way</h2>${under.map((row) => html`<div class="inside">${newsletterLine(row, base)}</div>`)}</section>`}
<div class="two">
<section class="card"><h2>Failed last</h2>${
    failed.length === 0
      ? html`<p class="inside faint">Nothing has failed. When something does, it is kept here with its error, to be retried or removed.</p>`
      : failedTable(failed, around)
  }</section>
<section class="card"><h2>Running now</h2>${
    running.length === 0
      ? html`<p class="inside faint">No worker has a job. ${tally.states.ready > 0 ? html`Jobs wait: is one started? <code>npm run worker</code>` : NOTHING}</p>`
      : runningTable(running, base)
  }</section>
</div>
<section class="card"><h2>Queues</h2>${queueTable(queues, around)}</section>`;
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
  return html`<div class="scroll"><table class="stack"><thead><tr><th>Mail</th><th>Worker</th><th>Since</th></tr></thead><tbody>${jobs.map(
    (job) =>
      html`<tr><td data-label="Mail"><a href="${base}/jobs/${job.id}">${nameOf(job)}</a></td><td data-label="Worker" class="mono">${foreign(job.lockedBy ?? "")}</td><td data-label="Since" class="nowrap">${when(job.lockedAt)}</td></tr>`,
  )}</tbody></table></div>`;
}

function nameOf({ handler, action }: JobRecord): Html {
  return html`${foreign(`${handler}.${action}`)}`;
}

export interface JobsView {
  readonly answer: JobsAnswer;
  readonly tally: JobTally;
  readonly state: JobState | undefined;
  readonly queue: string | undefined;
  readonly words: string;
  readonly isFirst: boolean;
}

export function jobsView(view: JobsView, around: Surroundings): Html {
  const { answer, tally, state, queue, words } = view;
  const { base } = around;
  const query = (change: Readonly<Record<string, string | undefined>>) => {
    const all = { state, queue, q: words, ...change };
    const entries = Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1]));
    return `${base}/jobs?${new URLSearchParams(entries)}`;
  };
  const tab = (value: JobState | undefined, label: string, count?: number) =>
    html`<a href="${query({ state: value })}"${value === state ? html` aria-current="page"` : NOTHING}>${label}${
      count === undefined ? NOTHING : html` <span class="count">${upTo(count)}</span>`
    }</a>`;
  return html`<div class="head"><h1>Jobs</h1><nav class="tabs" aria-label="States">${tab(undefined, "all")}${JOB_STATES.map(
    (each) => tab(each, STATE_NAMES[each], tally.states[each]),
  )}</nav><span class="grow"></span>
<form class="row" action="${base}/jobs" role="search">${state ? html`<input type="hidden" name="state" value="${state}">` : NOTHING}
<select name="queue" aria-label="Queue"><option value="">every queue</option>${tally.queues.map(
    (each) => html`<option${each.queue === queue ? html` selected` : NOTHING}>${each.queue}</option>`,
  )}${queue !== undefined && !tally.queues.some((each) => each.queue === queue) ? html`<option selected>${queue}</option>` : NOTHING}</select>
<input type="search" name="q" value="${words}" placeholder="Mail, reason or id" aria-label="Search jobs"><button>Search</button></form></div>
${
  answer.jobs.length === 0
    ? emptyJobs(view, around)
    : html`<form method="post" action="${base}/jobs/bulk" class="card">${bulkBar(view, around)}${jobTable(answer.jobs, around, state, around.mayAct)}</form>`
}
<p class="row">${view.isFirst ? NOTHING : html`<a class="button" href="${query({})}">First page</a>`}${
    answer.next
      ? html`<a class="button" rel="next" href="${query({ after: cursorOf(answer.next) })}">${answer.jobs.length === 0 ? "Look on" : "Next page"}</a>`
      : NOTHING
  }${answer.passedOver >= LOOKED_THROUGH ? html`<span class="faint">${number(answer.passedOver)} jobs that do not fit were passed over; the search stopped there.</span>` : NOTHING}</p>`;
}

function emptyJobs({ state, words, queue, answer }: JobsView, { base }: Surroundings): Html {
  if (answer.next) return notice("Nothing found yet", "There are more jobs to be looked through.");
  if (words !== "" || queue !== undefined)
    return notice("Nothing fits", html`<a href="${base}/jobs${state ? `?state=${state}` : ""}">Show all</a>`);
  if (state === "failed")
    return notice("Nothing has failed", "What is given up is kept here, with its error.");
  if (state === "done")
    return notice(
      "No done jobs",
      "They are deleted at once, unless a retention is set: DELAYED_MAILER_RETENTION=1d",
    );
  return notice("No jobs", html`Store one: <code>UserMailer.delay().welcome("ann@example.com")</code>`);
}

function bulkBar({ state, queue, words }: JobsView, { mayAct }: Surroundings): Html {
  if (!mayAct) return NOTHING;
  const isWhole = state !== undefined && words === "";
  const filter = html`<input type="hidden" name="state" value="${state ?? ""}"><input type="hidden" name="queue" value="${queue ?? ""}">`;
  const which = `${state === undefined ? "" : `${STATE_NAMES[state]} `}jobs${queue === undefined ? "" : ` of ${queue}`}`;
  const ask = (verb: string, label: string, kind: string) =>
    html`<details class="ask left"><summary>${label}</summary><div>${filter}
<p><button class="${kind}" name="verb" value="${verb}:chosen">${label} the chosen</button></p>
${isWhole && state !== "leased" ? html`<p><button class="${kind}" name="verb" value="${verb}:all">${label} all ${which}</button></p>` : NOTHING}
<p class="small faint">The chosen are those with a mark.</p></div></details>`;
  return html`<header>${state === "failed" || state === undefined ? ask("retry", "Retry", "main") : NOTHING}${ask("remove", "Remove", "danger")}<span class="faint small">Mark jobs by <kbd>x</kbd></span></header>`;
}

function jobTable(
  jobs: readonly JobRecord[],
  { base, redact }: Surroundings,
  state?: JobState,
  marks = false,
): Html {
  const time = { ready: "Due", leased: "Since", failed: "Failed", done: "Done" } as const;
  return html`<div class="scroll"><table class="stack"><thead><tr>${
    marks ? html`<th><input type="checkbox" data-all="id" aria-label="Mark all"></th>` : NOTHING
  }<th>Mail</th>${state === undefined ? html`<th>State</th>` : NOTHING}<th>Queue</th><th class="num">Attempts</th><th>${state ? time[state] : "Time"}</th><th>Error</th></tr></thead>
<tbody>${jobs.map(
    (
      job,
    ) => html`<tr data-row>${marks ? html`<td><input type="checkbox" name="id" value="${job.id}" aria-label="Mark ${job.handler}.${job.action}, ${job.id}"></td>` : NOTHING}
<td data-label="Mail"><a href="${base}/jobs/${job.id}">${nameOf(job)}</a></td>${state === undefined ? html`<td data-label="State">${stateTag(job)}</td>` : NOTHING}
<td data-label="Queue">${foreign(job.queue)}</td><td data-label="Attempts" class="num">${job.attempts}/${job.maxAttempts}</td><td data-label="${state ? time[state] : "Time"}" class="nowrap">${job.state === "ready" ? dueOf(job) : when(timeOf(job))}</td>
<td data-label="Error"><span class="clip">${job.lastError ? foreign(shownText(headline(job.lastError), redact)) : NOTHING}</span></td></tr>`,
  )}</tbody></table></div>`;
}

/** Behind the limit of its key a job is due far away; it has its own time then, and so has one that its batch starts. */
function dueOf({ runAt, dueAt, limit }: JobRecord): Html {
  if (dueAt) return html`${when(dueAt)} <span class="tag warn">${limit ? T.waitsBehind : T.waits}</span>`;
  return runAt.getTime() === PARKED.getTime()
    ? html`<span class="faint">${T.whenStarted}</span>`
    : when(runAt);
}

function limitPart({ key, concurrency, rate }: JobLimit, redact: Redact | undefined): Html {
  const parts = [
    ...(concurrency === undefined ? [] : [T.runsAtOnce(number(concurrency))]),
    ...(rate === undefined ? [] : [rateText(rate)]),
  ];
  return html`${foreign(shownText(key, redact))} <span class="faint">${parts.join(", ")}</span>`;
}

function timeOf({ state, lockedAt, failedAt, finishedAt }: JobRecord): Date | undefined {
  return { ready: undefined, leased: lockedAt, failed: failedAt, done: finishedAt }[state];
}

function stateTag({ state, failReason }: JobRecord): Html {
  return html`<span class="tag ${STATE_TAGS[state]}">${STATE_NAMES[state]}${failReason ? html`: ${failReason}` : NOTHING}</span>`;
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
<div class="two"><section class="card"><h2>Job</h2><div class="inside"><dl class="pairs">
${pair("Id", html`<code>${job.id}</code>`)}${pair("Queue", html`<a href="${base}/jobs?${new URLSearchParams({ queue: job.queue })}">${foreign(job.queue)}</a>`)}${pair("Priority", String(job.priority))}
${pair("Attempts", `${job.attempts} of ${job.maxAttempts}${job.crashes > 0 ? `, ${job.crashes} lost with their worker` : ""}`)}
${pair("Stored", when(job.createdAt))}${pair("Due", dueOf(job))}
${pair("Expires", job.expiresAt && when(job.expiresAt))}${pair("Held by", job.lockedBy && html`<code>${visible(job.lockedBy)}</code>`)}${pair("Held until", job.lockedUntil && when(job.lockedUntil))}
${pair("Failed", job.failedAt && when(job.failedAt))}${pair("Reason", job.failReason)}${pair("Done", job.finishedAt && when(job.finishedAt))}
${pair("Unique key", job.uniqueKey === undefined ? undefined : foreign(shownText(job.uniqueKey, redact)))}${pair(T.limit, job.limit && limitPart(job.limit, redact))}${pair("Group", job.group === undefined ? undefined : foreign(job.group))}
</dl></div></section>
<section class="card"><h2>Arguments</h2><div class="inside"><pre class="block" tabindex="0">${visible(shownArguments(job, redact))}</pre>${
    redact === undefined
      ? html`<p class="small faint">Values are hidden. <code>dashboard({ redact })</code> says what is shown.</p>`
      : NOTHING
  }${redact === false ? html`<p><a href="${base}/jobs/${job.id}/mail">Make its mail, and look at it</a></p>` : NOTHING}</div></section></div>
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
  return html`<section class="card"><header><h2>Last error</h2>${of}</header><pre class="inside" tabindex="0">${visible(shownText(text, redact))}</pre></section>${errorsBefore(isLast ? older : errors.toReversed(), redact)}`;
}

function errorsBefore(errors: readonly AttemptError[], redact: Redact | undefined): Html {
  if (errors.length === 0) return NOTHING;
  return html`<section class="card"><h2>Errors of attempts before</h2>${errors.map((each) => {
    const text = shownText(each.error, redact);
    return html`<details class="inside"><summary>${attemptOf(each)}, ${when(each.at)}: ${foreign(headline(text))}</summary><pre class="block" tabindex="0">${visible(text)}</pre></details>`;
  })}</section>`;
}

function attemptOf({ attempt }: AttemptError): string {
  return attempt === undefined ? "An attempt" : `Attempt ${attempt}`;
}

function jobActs({ id, state }: JobRecord, base: string): Html {
  const ask = (verb: string, label: string, why: string, kind = "main", extra: Html = NOTHING, key = "") =>
    html`<details class="ask"${key ? html` data-key="${key}"` : NOTHING}><summary>${label}</summary><form method="post" action="${base}/jobs/${id}/${verb}"><p>${why}</p>${extra}<button class="${kind}">${label}</button></form></details>`;
  const time = html`<p><label>Time (UTC) <input type="datetime-local" name="runAt" required step="1"></label></p>`;
  return html`${state === "failed" ? ask("retry", "Retry", "It is due at once, with all its attempts before it.", "main", NOTHING, "r") : NOTHING}${
    state === "ready" ? ask("run", "Run now", "It is due at once.", "main", NOTHING, "r") : NOTHING
  }${state === "ready" ? ask("reschedule", "Reschedule", "When is it to run?", "main", time) : NOTHING}${
    state === "ready" || state === "leased"
      ? ask(
          "cancel",
          "Cancel",
          "It is taken back, also from a worker that runs it; a mail on its way is still delivered.",
          "danger",
        )
      : NOTHING
  }${state === "failed" || state === "done" ? ask("remove", "Remove", "It is deleted, with its error.", "danger") : NOTHING}`;
}

const NEWSLETTER_TAGS: Readonly<Record<string, string>> = {
  running: "busy",
  paused: "warn",
  cancelled: "bad",
  finished: "good",
};

function newsletterLine({ id, key, progress }: NewsletterRow, base: string): Html {
  return html`<div class="head"><a href="${base}/newsletters/${id}"><strong>${foreign(key)}</strong></a><span class="tag ${NEWSLETTER_TAGS[progress.state] ?? ""}">${progress.state}</span><span class="grow"></span><span class="faint small">${paceOf(progress)}</span></div>${bar(progress)}`;
}

/** How far it is: what cannot change by itself any more, of all. */
function bar({ recipients, pending, deferred }: NewsletterProgress): Html {
  const done = recipients - pending - deferred;
  const share = recipients === 0 ? 0 : Math.floor((done / recipients) * 100);
  return html`<progress max="${Math.max(1, recipients)}" value="${done}" aria-label="${share} percent">${share} %</progress><p class="small faint">${number(done)} of ${number(recipients)}, ${share} %</p>`;
}

function paceOf({ rate, eta, state }: NewsletterProgress): Html {
  if (state !== "running") return NOTHING;
  return html`${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))}/s${eta ? html` · through ${when(eta)}` : NOTHING}`;
}

export function newsletterList(
  { newsletters: rows, next }: NewslettersAnswer,
  base: string,
  isFirst: boolean,
): Html {
  if (rows.length === 0 && !isFirst)
    return notice("No older newsletters", html`<a href="${base}/newsletters">The newest</a>`);
  if (rows.length === 0)
    return notice("No newsletters", html`Send one: <code>NewsMailer.broadcast(audience).weekly(42)</code>`);
  return html`<div class="head"><h1>Newsletters</h1></div>${rows.map(
    (row) =>
      html`<div class="card inside" data-row><div class="inside">${newsletterLine(row, base)}</div></div>`,
  )}<p class="row">${isFirst ? NOTHING : html`<a class="button" href="${base}/newsletters">First page</a>`}${
    next
      ? html`<a class="button" rel="next" href="${base}/newsletters?${new URLSearchParams({ after: next })}">Next page</a>`
      : NOTHING
  }</p>`;
}

export interface NewsletterView {
  readonly row: NewsletterRow;
  readonly troubles: readonly { readonly message: string }[];
  readonly reasons: readonly { readonly reason: string; readonly count: number }[];
  /** Of how many failures the reasons were counted. */
  readonly looked: number;
  readonly rehearsals: RehearsalsShown;
  readonly found?: { readonly asked: string; readonly outcome: NewsletterOutcome | undefined } | undefined;
  readonly said?: { readonly text: string; readonly isBad: boolean } | undefined;
}

export function newsletterView(view: NewsletterView, around: Surroundings): Html {
  const { row, troubles, said, rehearsals } = view;
  const { progress } = row;
  const { base, mayAct, redact } = around;
  return html`<div class="head"><h1>${foreign(row.key)}</h1><span class="tag ${NEWSLETTER_TAGS[progress.state] ?? ""}">${progress.state}</span>${rehearsals.kind === "rehearsal" ? html`<span class="tag">${T.rehearsal.toLowerCase()}</span>` : NOTHING}<span class="grow"></span>${mayAct ? newsletterActs(row, base) : NOTHING}</div>
${said ? flash(said) : NOTHING}${troubles.map(({ message }) => html`<p class="flash bad" role="alert">${visible(shownText(message, redact))}</p>`)}
<section class="card"><div class="inside">${bar(progress)}<p>${paceOf(progress)}</p>${progress.waiting.map(
    ({ reason, chunks, until }) =>
      html`<p class="small">${counted(chunks, "part waits", "parts wait")}: ${visible(shownText(reason, redact))}${until ? html`, ${when(until)}` : NOTHING}</p>`,
  )}</div></section>
<div class="cards">${outcomesOf(progress).map(([name, count, kind]) => html`<div class="figure ${count > 0 ? kind : ""}"><b>${number(count)}</b><small>${name}</small></div>`)}</div>
${rehearsals.kind === "rehearsal" ? rehearsalsPart(rehearsals, around) : NOTHING}<div class="two">${rehearsals.kind === "rehearsal" ? NOTHING : whyNotPart(view, around)}
<section class="card"><h2>Find a recipient</h2><div class="inside"><form class="row" method="post" action="${base}/newsletters/${row.id}/find"><input type="search" name="recipient" required placeholder="ann@example.com" aria-label="Recipient" autocomplete="off"><button>Find</button></form>${foundPart(view)}<p><a href="${base}/newsletters/${row.id}/outcomes.csv" download>Download all outcomes (CSV)</a></p>${redact === false ? NOTHING : html`<p class="small faint">Addresses are hidden in it. <code>dashboard({ redact: false })</code> shows them.</p>`}</div></section></div>
${rehearsals.kind === "newsletter" ? rehearsalsPart(rehearsals, around) : NOTHING}
<p class="faint small">Begun ${when(progress.createdAt)}${progress.finishedAt ? html`, ended ${when(progress.finishedAt)}` : NOTHING} · ${counted(progress.chunks, "part", "parts")}${leftOutOf(progress)}</p>`;
}

function whyNotPart({ reasons, looked }: NewsletterView, { redact }: Surroundings): Html {
  return html`<section class="card"><h2>Why not</h2>${
    reasons.length === 0
      ? html`<p class="inside faint">Everybody so far simply got it.</p>`
      : html`${scrolling("Why not", html`<table><tbody>${reasons.map(({ reason, count }) => html`<tr><td class="num">${number(count)}</td><td>${foreign(shownText(reason, redact))}</td></tr>`)}</tbody></table>`)}<p class="inside small faint">${looked === 1 ? "Of the one" : `Of the first ${number(looked)}`} that did not get it.</p>`
  }</section>`;
}

function leftOutOf({ duplicates, refused }: NewsletterProgress): string {
  if (duplicates === 0 && refused === 0) return "";
  const rows = [
    ...(duplicates > 0 ? [counted(duplicates, "duplicate", "duplicates")] : []),
    ...(refused > 0 ? [counted(refused, "row that is no recipient", "rows that are no recipients")] : []),
  ];
  return ` · left out: ${rows.join(", ")}`;
}

function foundPart({ found }: NewsletterView): Html {
  if (found === undefined) return NOTHING;
  if (found.outcome === undefined) return html`<p role="status">Nobody of that name is in it.</p>`;
  const { outcome, response, code, at, queueId } = found.outcome;
  return html`<p role="status"><span class="tag ${outcome === "sent" ? "good" : "warn"}">${outcome}</span> ${at ? when(at) : NOTHING}</p><p>${code ?? ""} ${foreign(response)}</p>${queueId ? html`<p class="small faint">The server calls it <code>${visible(queueId)}</code></p>` : NOTHING}`;
}

function outcomesOf(progress: NewsletterProgress): readonly (readonly [string, number, string])[] {
  const {
    sent,
    pending,
    deferred,
    rejected,
    failed,
    unknown,
    invalid,
    stopped,
    cancelled,
    expired,
    rehearsed,
  } = progress;
  const all = [
    ["sent", sent, ""],
    ["to be sent", pending, ""],
    ["tried again", deferred, "warn"],
    ["refused", rejected, "bad"],
    ["failed", failed, "bad"],
    ["unknown", unknown, "warn"],
    ["invalid", invalid, "bad"],
    ["stopped", stopped, ""],
    ["cancelled", cancelled, ""],
    ["too late", expired, "warn"],
    ["rehearsed", rehearsed, ""],
  ] as const;
  return all.filter(([, count], index) => index < 5 || count > 0);
}

function newsletterActs({ id, progress: { state, failed } }: NewsletterRow, base: string): Html {
  const ask = (verb: string, label: string, why: string, kind = "main", key = "") =>
    html`<details class="ask"${key ? html` data-key="${key}"` : NOTHING}><summary>${label}</summary><form method="post" action="${base}/newsletters/${id}/${verb}"><p>${why}</p><button class="${kind}">${label}</button></form></details>`;
  return html`${state === "running" ? ask("pause", "Pause", "Sending stops within a second; nothing is lost.") : NOTHING}${
    state === "paused" ? ask("resume", "Resume", "Sending goes on.") : NOTHING
  }${failed > 0 && state !== "cancelled" ? ask("retry", "Retry the failed", `${counted(failed, "recipient gets", "recipients get")} it once more.`, "main", "r") : NOTHING}${
    state === "running" || state === "paused"
      ? ask("cancel", "Cancel", "It stops for good. What was sent stays recorded.", "danger")
      : NOTHING
  }`;
}

/** What failures are counted by: what the server said, without what is in it of one recipient. */
export function reasonOf({ outcome, code, response }: NewsletterFailure): string {
  const words = response
    .replace(/(?<!\S)\S[^\s@]*@\S+/g, "[address]")
    .replace(/\s+/g, " ")
    .slice(0, 160);
  return `${outcome}: ${code === undefined || words.startsWith(String(code)) ? "" : `${code} `}${words}`;
}
