import type { Rate } from "../../../jobs/rate.ts";
import {
  counted,
  foreign,
  type Html,
  html,
  NOTHING,
  number,
  scrolling,
  visible,
  when,
} from "../../page/html.ts";
import { T } from "../../texts.ts";
import type { AtOnce, KeyLimitsAnswer, QueueRow } from "../board-answers.ts";
import { shownText } from "../redaction.ts";
import { type Surroundings, upTo } from "./view-parts.ts";

export function queueTable(queues: readonly QueueRow[], { base, mayAct }: Surroundings): Html {
  if (queues.length === 0) return html`<p class="inside faint">${T.noQueues}</p>`;
  return html`<div class="scroll"><table class="stack"><thead><tr><th>${T.queue}</th><th class="num">${T.waiting}</th><th>${T.oldestDue}</th><th>${T.atOnce}</th><th>${T.state}</th>${mayAct ? html`<th></th>` : NOTHING}</tr></thead><tbody>${queues.map(
    ({ queue, ready, oldestDue, paused, atOnce }) =>
      html`<tr data-row><td class="name" data-label="${T.queue}"><a href="${base}/jobs?${new URLSearchParams({ state: "ready", queue })}">${foreign(queue)}</a></td><td data-label="${T.waiting}" class="num">${upTo(ready)}</td><td data-label="${T.oldestDue}">${
        oldestDue ? when(oldestDue) : html`<span class="faint">${T.nothingDue}</span>`
      }</td><td data-label="${T.atOnce}">${atOncePart(atOnce)}</td><td data-label="${T.state}">${paused ? html`<span class="tag warn">${T.paused}</span>` : html`<span class="tag good">${T.open}</span>`}</td>${mayAct ? html`<td class="acts">${queueAct(queue, paused, base)}</td>` : NOTHING}</tr>`,
  )}</tbody></table></div>`;
}

function queueAct(queue: string, paused: boolean, base: string): Html {
  const [verb, label, why] = paused
    ? ["resume", T.resume, T.resumeQueueWhy]
    : ["pause", T.pause, T.pauseQueueWhy];
  return html`<details class="ask"><summary aria-label="${label} ${visible(queue)}">${label}</summary><form method="post" action="${base}/queues/${verb}"><p>${why}</p><input type="hidden" name="queue" value="${queue}"><button class="main">${label} ${foreign(queue)}</button></form></details>`;
}

/** How many of them run at once, and whether anybody takes them at all. */
function atOncePart({ jobs, workers, isLimited }: AtOnce): Html {
  if (workers === 0) return html`<span class="tag warn">${T.noWorkerTakes}</span>`;
  const by = isLimited
    ? T.limitedIn(counted(workers, T.worker, T.workersWord))
    : counted(workers, T.worker, T.workersWord);
  return html`${number(jobs)} <span class="faint small">${by}</span>`;
}

/** Keys whose limits keep jobs waiting. */
export function keyLimitsPart({ limits, isMore }: KeyLimitsAnswer, { redact }: Surroundings): Html {
  const rows = limits.map(
    ({ limit: { key, concurrency, rate }, behind }) =>
      html`<tr data-row><td class="name" data-label="${T.limitKey}">${foreign(shownText(key, redact))}</td><td data-label="${T.atOnce}" class="num">${concurrency === undefined ? "–" : number(concurrency)}</td><td data-label="${T.rate}" class="num">${rate === undefined ? "–" : rateText(rate)}</td><td data-label="${T.behind}" class="num">${upTo(behind)}</td></tr>`,
  );
  const head = html`<thead><tr><th>${T.limitKey}</th><th class="num">${T.atOnce}</th><th class="num">${T.rate}</th><th class="num">${T.behind}</th></tr></thead>`;
  return html`<section class="card"><h2>${T.limits}</h2>${
    rows.length === 0
      ? html`<div class="inside"><p class="faint">${T.noLimits}</p><p><code>${T.limitCode}</code></p></div>`
      : scrolling(T.limits, html`<table class="stack">${head}<tbody>${rows}</tbody></table>`)
  }${isMore ? html`<p class="inside small faint">${T.moreLimits}</p>` : NOTHING}</section>`;
}

const SPANS = [
  [T.units.day, 86_400_000],
  [T.units.hour, 3_600_000],
  [T.units.minute, 60_000],
  [T.units.second, 1_000],
] as const;

/** @example rateText({ limit: 10, per: 60_000 }) === "10 / 1 min" */
export function rateText({ limit, per }: Rate): string {
  const [unit, size] = SPANS.find(([, each]) => per % each === 0) ?? [T.units.millisecond, 1];
  return `${number(limit)} / ${number(per / size)} ${unit}`;
}
