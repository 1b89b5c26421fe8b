import { headline } from "../../../jobs/describe-error.ts";
import type { JobTally } from "../../../jobs/job-list.ts";
import { JOB_STATES, type JobRecord, type JobState } from "../../../jobs/job-record.ts";
import { foreign, type Html, html, NOTHING, number, when } from "../../page/html.ts";
import { notice } from "../../page/layout.ts";
import { LOOKED_THROUGH } from "../board.ts";
import type { JobsAnswer } from "../board-answers.ts";
import { cursorOf } from "../cursor.ts";
import { shownText } from "../redaction.ts";
import { dueOf, nameOf, STATE_NAMES, stateTag } from "./job-parts.ts";
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

function timeOf({ state, lockedAt, failedAt, finishedAt }: JobRecord): Date | undefined {
  return { ready: undefined, leased: lockedAt, failed: failedAt, done: finishedAt }[state];
}
