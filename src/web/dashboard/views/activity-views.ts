import type { Counts, WorkerReport } from "../../../activity/activity-store.ts";
import { callName } from "../../../jobs/handler.ts";
import { CHUNK_SENDER, SEND_CHUNK } from "../../../newsletters/chunk-job.ts";
import {
  foreign,
  type Html,
  html,
  kilobytes,
  NOTHING,
  number,
  scrolling,
  span,
  when,
} from "../../page/html.ts";
import { notice } from "../../page/layout.ts";
import { T } from "../../texts.ts";
import type { Activity } from "../board-answers.ts";
import { busiest, type Series, seriesOf } from "./series.ts";

const BARS = { wide: 62, small: 24 } as const;
const SHOWN_NAMES = 8;
const HEIGHT = 32;
const STEP = 4;
/** A worker whose event loop was held up for longer than this, in ms, is marked. */
const MUCH_LAG_MS = 500;
/** A worker that was silent for longer than this, in ms, is marked: it reports every 20 s. */
const SILENT_MS = 60_000;

/** Bars of what went well, with what did not on top of them. Without script; its label says what the eye sees. */
function bars(series: Series, good: keyof Counts, bad: keyof Counts | undefined, label: string): Html {
  const heights = series.steps.map(({ counts }) => counts[good] + (bad ? counts[bad] : 0));
  const most = Math.max(1, ...heights);
  // What there is can be seen, however little it is.
  const high = (count: number) => (count === 0 ? 0 : Math.max(1, (count / most) * HEIGHT));
  return html`<svg class="spark" viewBox="0 0 ${series.steps.length * STEP} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${series.steps.map(
    ({ counts }, index) => {
      const [well, ill] = [high(counts[good]), bad ? high(counts[bad]) : 0];
      return html`${bar(index, HEIGHT - well, well, "")}${bar(index, Math.max(0, HEIGHT - well - ill), ill, "bad")}`;
    },
  )}</svg>`;
}

function bar(index: number, y: number, height: number, kind: string): Html {
  if (height === 0) return NOTHING;
  return html`<rect class="${kind}" x="${index * STEP}" y="${y.toFixed(1)}" width="${STEP - 1}" height="${height.toFixed(1)}"/>`;
}

function labelOf(series: Series, what: string, good: keyof Counts): string {
  const most = series.steps.reduce((a, b) => (b.counts[good] > a.counts[good] ? b : a), {
    at: new Date(0),
    counts: series.total,
    ...series.steps[0],
  });
  const { total } = series;
  if (total[good] === 0 && total.failed === 0) return T.nothingIn[series.history];
  const at = `${most.at.toISOString().slice(5, 16).replace("T", " ")} UTC`;
  return `${T.last[series.history]}: ${number(total[good])} ${what}, ${number(total.failed)} ${T.failed}; ${T.mostAt} ${at}, ${number(most.counts[good])}`;
}

/** How long jobs waited after they were due, on the average. */
function waitOf({ begun, waitMs }: Counts): string {
  if (begun === 0) return "–";
  const ms = waitMs / begun;
  return ms < 1_000 ? `${Math.round(ms)} ms` : span(ms);
}

function failedShare({ failed, done }: Counts): string {
  if (failed === 0) return "";
  const share = (failed / (failed + done)) * 100;
  return ` (${share < 1 ? "<1" : Math.round(share)} %)`;
}

/** Throughput, failures and waits of everybody, and by queue and mailer. @param path of the page, for the choice of the time */
export function activityView({ slots, history, now }: Activity, path: string): Html {
  const all = seriesOf(slots, { history, now, most: BARS.wide });
  const { total } = all;
  const choice = (each: Activity["history"]) =>
    html`<a href="${path}${each === "day" ? "" : `?span=${each}`}"${each === history ? html` aria-current="page"` : NOTHING}>${T.last[each]}</a>`;
  return html`<section class="card"><header><h2>${T.throughput}</h2><span class="grow"></span><nav class="tabs" aria-label="${T.span}">${choice("day")}${choice("month")}</nav></header>
<div class="inside charts"><figure><figcaption><b>${number(total.done)}</b> ${T.jobsDone} <span class="bad-text">${number(total.failed)} ${T.failed}${failedShare(total)}</span></figcaption>${bars(all, "done", "failed", labelOf(all, T.jobsDone, "done"))}</figure>
<figure><figcaption><b>${number(total.sent)}</b> ${T.mailsSent}</figcaption>${bars(all, "sent", undefined, labelOf(all, T.mailsSent, "sent"))}</figure>
<figure><figcaption><b>${waitOf(total)}</b> ${T.meanWait}</figcaption><p class="small faint">${number(total.retried)} ${T.retried}</p></figure></div>
${total.begun + total.sent === 0 ? html`<p class="inside faint">${T.noHistory}</p>` : html`<div class="two">${table("queue", T.queue, { slots, history, now })}${table("mail", T.mailer, { slots, history, now })}</div>`}</section>`;
}

/** The handler of a newsletter's parts is ours, and nobody wrote its name. */
function shownName(name: string): Html {
  return name === callName(CHUNK_SENDER, SEND_CHUNK) ? html`${T.partsOfNewsletters}` : foreign(name);
}

function table(subject: "queue" | "mail", heading: string, { slots, history, now }: Activity): Html {
  const rows = busiest(slots, subject, SHOWN_NAMES).map((name) => {
    const series = seriesOf(slots, { history, now, most: BARS.small, subject, name });
    return { name, series };
  });
  const content = html`<table class="stack activity"><thead><tr><th>${heading}</th><th class="num">${T.done}</th><th class="num">${T.failedAt}</th><th class="num">${T.wait}</th><th>${T.last[history]}</th></tr></thead><tbody>${rows.map(
    ({ name, series }) =>
      html`<tr><td class="name" data-label="${heading}">${shownName(name)}</td><td data-label="${T.done}" class="num">${number(series.total.done)}</td><td data-label="${T.failedAt}" class="num">${number(series.total.failed)}${failedShare(series.total)}</td><td data-label="${T.wait}" class="num">${waitOf(series.total)}</td><td class="small-spark">${bars(series, "done", "failed", labelOf(series, T.jobsDone, "done"))}</td></tr>`,
  )}</tbody></table>`;
  return scrolling(`${heading}: ${T.last[history]}`, content);
}

/** What each worker does now, and how its process stands. */
export function workersView(workers: readonly WorkerReport[], now: Date, base: string): Html {
  if (workers.length === 0)
    return notice(T.noWorkers, html`${T.startOne} <code>npx delayed-mailer worker</code>`);
  return html`<div class="head"><h1>${T.workers}</h1><span class="faint">${T.reportEvery}</span></div>${workers.map((report) => workerCard(report, now, base))}`;
}

function workerCard(report: WorkerReport, now: Date, base: string): Html {
  const { worker, host, pid, version, queues, concurrency, running, runningCount } = report;
  const isSilent = now.getTime() - report.at.getTime() > SILENT_MS;
  const pair = (name: string, value: Html | string) => html`<dt>${name}</dt><dd>${value}</dd>`;
  return html`<section class="card" data-row><header><h2 class="mono">${foreign(worker)}</h2>${
    isSilent
      ? html`<span class="tag bad">${T.silent}</span>`
      : html`<span class="tag ${runningCount > 0 ? "busy" : "good"}">${runningCount > 0 ? T.busy : T.idle}</span>`
  }${report.lagMs > MUCH_LAG_MS ? html`<span class="tag warn">${T.heldUp}</span>` : NOTHING}</header>
<div class="two"><div class="inside"><dl class="pairs">${pair(T.runs, `${number(runningCount)} ${T.of} ${number(concurrency)}`)}${pair(T.queues, queues.length === 0 ? T.all : html`${foreign(queues.join(", "))}`)}${pair(T.doneAndFailed, `${number(report.done)} / ${number(report.failed)}`)}${pair(T.lag, `${number(report.lagMs)} ms`)}${pair(T.memory, kilobytes(report.memory))}${pair(T.process, html`${foreign(host)}, ${pid}, ${T.version} ${version}`)}${pair(T.started, when(report.startedAt, now))}${pair(T.reported, when(report.at, now))}</dl></div>
<div class="inside">${
    running.length === 0
      ? html`<p class="faint">${T.doesNothing}</p>`
      : html`<ul class="plain">${running.map(({ id, call, queue, since }) => html`<li><a href="${base}/jobs/${id}">${foreign(call)}</a> <span class="faint small">${foreign(queue)}, ${when(since, now)}</span></li>`)}</ul>${runningCount > running.length ? html`<p class="faint small">${T.andMore} ${number(runningCount - running.length)}</p>` : NOTHING}`
  }</div></div></section>`;
}
