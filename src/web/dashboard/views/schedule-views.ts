import { foreign, type Html, html, NOTHING, visible, when } from "../../page/html.ts";
import { notice } from "../../page/layout.ts";
import { T } from "../../texts.ts";
import type { ScheduleRow } from "../board-answers.ts";
import type { Surroundings } from "./view-parts.ts";

export function scheduleTable(rows: readonly ScheduleRow[], { base, mayAct }: Surroundings): Html {
  if (rows.length === 0)
    return notice(
      T.noSchedules,
      html`${T.scheduleHow} <code>schedule("weekly", "0 9 * * MON", {}, () =&gt; UserMailer.digest())</code>`,
    );
  return html`<div class="card scroll"><table class="stack"><thead><tr><th>${T.schedule}</th><th>${T.times}</th><th>${T.zone}</th><th>${T.next}</th><th>${T.lastTime}</th><th>${T.state}</th>${mayAct ? html`<th><span class="skip">${T.acts}</span></th>` : NOTHING}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr data-row><td class="name" data-label="${T.schedule}">${foreign(row.name)}</td><td data-label="${T.times}"><code>${row.cron}</code></td><td data-label="${T.zone}">${row.timeZone}</td><td data-label="${T.next}" class="nowrap">${row.paused ? html`<span class="faint">${T.whenResumed}</span>` : when(row.next)}</td><td data-label="${T.lastTime}" class="nowrap">${when(row.last)}</td><td data-label="${T.state}">${
        row.paused
          ? html`<span class="tag warn">${T.paused}</span>`
          : html`<span class="tag good">${T.on}</span>`
      }</td>${mayAct ? html`<td class="acts">${scheduleActs(row, base)}</td>` : NOTHING}</tr>`,
  )}</tbody></table></div>`;
}

function scheduleActs({ name, paused }: ScheduleRow, base: string): Html {
  const ask = (verb: string, label: string, why: string) =>
    html`<details class="ask"${verb === "run" ? html` data-key="r"` : NOTHING}><summary aria-label="${label} ${visible(name)}">${label}</summary><form method="post" action="${base}/schedules/${verb}"><p>${why}</p><input type="hidden" name="schedule" value="${name}"><button class="main">${label}</button></form></details>`;
  const other = paused
    ? ask("resume", T.resume, T.resumeScheduleWhy)
    : ask("pause", T.pause, T.pauseScheduleWhy);
  return html`${ask("run", T.runNow, T.runScheduleWhy)} ${other}`;
}
