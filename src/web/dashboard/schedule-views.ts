import { foreign, type Html, html, NOTHING, when } from "../page/html.ts";
import { notice } from "../page/layout.ts";
import type { ScheduleRow } from "./board.ts";
import type { Surroundings } from "./view-parts.ts";

export function scheduleTable(rows: readonly ScheduleRow[], { base, mayAct }: Surroundings): Html {
  if (rows.length === 0)
    return notice(
      "No schedules",
      html`Say one in a file of your mailers: <code>schedule("weekly", "0 9 * * MON", {}, () =&gt; UserMailer.digest())</code>`,
    );
  return html`<div class="card scroll"><table class="stack"><thead><tr><th>Schedule</th><th>Times</th><th>Zone</th><th>Next</th><th>Last</th><th>State</th>${mayAct ? html`<th><span class="skip">What to do</span></th>` : NOTHING}</tr></thead><tbody>${rows.map(
    (row) =>
      html`<tr data-row><td data-label="Schedule">${foreign(row.name)}</td><td data-label="Times"><code>${row.cron}</code></td><td data-label="Zone">${row.timeZone}</td><td data-label="Next" class="nowrap">${row.paused ? html`<span class="faint">when resumed</span>` : when(row.next)}</td><td data-label="Last" class="nowrap">${when(row.last)}</td><td data-label="State">${
        row.paused ? html`<span class="tag warn">paused</span>` : html`<span class="tag good">on</span>`
      }</td>${mayAct ? html`<td class="nowrap">${scheduleActs(row, base)}</td>` : NOTHING}</tr>`,
  )}</tbody></table></div>`;
}

function scheduleActs({ name, paused }: ScheduleRow, base: string): Html {
  const ask = (verb: string, label: string, why: string) =>
    html`<details class="ask"${verb === "run" ? html` data-key="r"` : NOTHING}><summary aria-label="${label} ${name}">${label}</summary><form method="post" action="${base}/schedules/${verb}"><p>${why}</p><input type="hidden" name="schedule" value="${name}"><button class="main">${label}</button></form></details>`;
  const other = paused
    ? ask("resume", "Resume", "It goes on with its next time.")
    : ask("pause", "Pause", "Its times pass by until it is resumed, and are not missed.");
  return html`${ask("run", "Run now", "A worker performs it once now, beside its own times.")} ${other}`;
}
