import { headline } from "../../../jobs/describe-error.ts";
import type { JobTally } from "../../../jobs/job-list.ts";
import { JOB_STATES, type JobRecord, type JobState } from "../../../jobs/job-record.ts";
import { foreign, type Html, html, NOTHING, number, visible, when } from "../../page/html.ts";
import { notice } from "../../page/layout.ts";
import { T } from "../../texts.ts";
import { LOOKED_THROUGH } from "../board.ts";
import type { JobsAnswer } from "../board-answers.ts";
import { cursorOf } from "../cursor.ts";
import { shownText } from "../redaction.ts";
import { dueOf, nameOf, stateTag } from "./job-parts.ts";
import { type Surroundings, upTo } from "./view-parts.ts";

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
  return html`<div class="head"><h1>${T.jobs}</h1><nav class="tabs" aria-label="${T.states}">${tab(undefined, T.all)}${JOB_STATES.map(
    (each) => tab(each, T.stateNames[each], tally.states[each]),
  )}</nav><span class="grow"></span>
<form class="row" action="${base}/jobs" role="search">${state ? html`<input type="hidden" name="state" value="${state}">` : NOTHING}
<select name="queue" aria-label="${T.queue}"><option value="">${T.everyQueue}</option>${tally.queues.map(
    (each) =>
      html`<option value="${each.queue}"${each.queue === queue ? html` selected` : NOTHING}>${visible(each.queue)}</option>`,
  )}${queue !== undefined && !tally.queues.some((each) => each.queue === queue) ? html`<option value="${queue}" selected>${visible(queue)}</option>` : NOTHING}</select>
<input type="search" name="q" value="${words}" placeholder="${T.searchJobsFor}" aria-label="${T.searchJobs}"><button>${T.doSearch}</button></form></div>
${
  answer.jobs.length === 0
    ? emptyJobs(view, around)
    : html`<form method="post" action="${base}/jobs/bulk" class="card">${bulkBar(view, around)}${jobTable(answer.jobs, around, state, around.mayAct)}</form>`
}
<p class="row">${view.isFirst ? NOTHING : html`<a class="button" href="${query({})}">${T.firstPage}</a>`}${
    answer.next
      ? html`<a class="button" rel="next" href="${query({ after: cursorOf(answer.next) })}">${answer.jobs.length === 0 ? T.lookOn : T.nextPage}</a>`
      : NOTHING
  }${answer.passedOver >= LOOKED_THROUGH ? html`<span class="faint">${T.passedOver(number(answer.passedOver))}</span>` : NOTHING}</p>`;
}

function emptyJobs({ state, words, queue, answer }: JobsView, { base }: Surroundings): Html {
  if (answer.next) return notice(T.nothingFoundYet, T.moreToLookThrough);
  if (words !== "" || queue !== undefined)
    return notice(
      T.nothingFits,
      html`<a href="${base}/jobs${state ? `?state=${state}` : ""}">${T.showAll}</a>`,
    );
  if (state === "failed") return notice(T.nothingHasFailed, T.failedAreKept);
  if (state === "done")
    return notice(
      T.noDoneJobs,
      "They are deleted at once, unless a retention is set: DELAYED_MAILER_RETENTION=1d",
    );
  return notice(T.noJobs, html`${T.storeOne} <code>UserMailer.delay().welcome("ann@example.com")</code>`);
}

function bulkBar({ state, queue, words }: JobsView, { mayAct }: Surroundings): Html {
  if (!mayAct) return NOTHING;
  const isWhole = state !== undefined && words === "";
  const filter = html`<input type="hidden" name="state" value="${state ?? ""}"><input type="hidden" name="queue" value="${queue ?? ""}">`;
  const which = T.allJobsOf(state === undefined ? undefined : T.stateNames[state], queue && visible(queue));
  const ask = (verb: string, label: string, kind: string) =>
    html`<details class="ask left"><summary>${label}</summary><div>${filter}
<p><button class="${kind}" name="verb" value="${verb}:chosen">${T.actOnChosen(label)}</button></p>
${isWhole && state !== "leased" ? html`<p><button class="${kind}" name="verb" value="${verb}:all">${T.actOnAll(label, which)}</button></p>` : NOTHING}
<p class="small faint">${T.chosenMeans}</p></div></details>`;
  return html`<header>${state === "failed" || state === undefined ? ask("retry", T.retry, "main") : NOTHING}${ask("remove", T.remove, "danger")}<span class="faint small keys">${T.markJobsBy} <kbd>x</kbd></span></header>`;
}

function jobTable(
  jobs: readonly JobRecord[],
  { base, redact }: Surroundings,
  state?: JobState,
  marks = false,
): Html {
  const hasErrors = jobs.some(({ lastError }) => lastError !== undefined);
  const time = { ready: T.due, leased: T.since, failed: T.failedAt, done: T.done } as const;
  return html`<div class="scroll"><table class="stack"><thead><tr>${
    marks
      ? html`<th class="mark"><input type="checkbox" data-all="id" aria-label="${T.markAll}"></th>`
      : NOTHING
  }<th>${T.mail}</th>${state === undefined ? html`<th>${T.state}</th>` : NOTHING}<th>${T.queue}</th><th class="num">${T.attempts}</th><th>${state ? time[state] : T.span}</th>${hasErrors ? html`<th>${T.error}</th>` : NOTHING}</tr></thead>
<tbody>${jobs.map(
    (
      job,
    ) => html`<tr data-row>${marks ? html`<td class="mark"><input type="checkbox" name="id" value="${job.id}" aria-label="${T.markOne} ${visible(`${job.handler}.${job.action}`)}, ${job.id}"></td>` : NOTHING}
<td class="name" data-label="${T.mail}"><a href="${base}/jobs/${job.id}">${nameOf(job)}</a></td>${state === undefined ? html`<td data-label="${T.state}">${stateTag(job)}</td>` : NOTHING}
<td data-label="${T.queue}">${foreign(job.queue)}</td><td data-label="${T.attempts}" class="num">${job.attempts}/${job.maxAttempts}</td><td data-label="${state ? time[state] : T.span}" class="nowrap">${job.state === "ready" ? dueOf(job) : when(timeOf(job))}</td>${hasErrors ? html`<td class="rest" data-label="${T.error}"><span class="clip">${job.lastError ? foreign(shownText(headline(job.lastError), redact)) : NOTHING}</span></td>` : NOTHING}</tr>`,
  )}</tbody></table></div>`;
}

function timeOf({ state, lockedAt, failedAt, finishedAt }: JobRecord): Date | undefined {
  return { ready: undefined, leased: lockedAt, failed: failedAt, done: finishedAt }[state];
}
