import { PARKED } from "../../../jobs/batch.ts";
import type { JobRecord, JobState } from "../../../jobs/job-record.ts";
import { foreign, type Html, html, NOTHING, when } from "../../page/html.ts";
import { T } from "../../texts.ts";

const STATE_TAGS: Readonly<Record<JobState, string>> = {
  ready: "",
  leased: "busy",
  failed: "bad",
  done: "good",
};

export function nameOf({ handler, action }: JobRecord): Html {
  return html`${foreign(`${handler}.${action}`)}`;
}

/** Behind the limit of its key a job is due far away; it has its own time then, and so has one that its batch starts. */
export function dueOf({ runAt, dueAt, limit }: JobRecord): Html {
  if (dueAt) return html`${when(dueAt)} <span class="tag warn">${limit ? T.waitsBehind : T.waits}</span>`;
  return runAt.getTime() === PARKED.getTime()
    ? html`<span class="faint">${T.whenStarted}</span>`
    : when(runAt);
}

export function stateTag({ state, failReason }: JobRecord): Html {
  return html`<span class="tag ${STATE_TAGS[state]}">${T.stateNames[state]}${failReason ? html`: ${failReason}` : NOTHING}</span>`;
}
