import type { NewsletterFailure, NewsletterOutcome, NewsletterProgress } from "../../../jobs/newsletter.ts";
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
import type { NewsletterRow } from "../board-answers.ts";
import { shownText } from "../redaction.ts";
import { T } from "../texts.ts";
import { bar, NEWSLETTER_TAGS, paceOf } from "./newsletter-list.ts";
import { type RehearsalsShown, rehearsalsPart } from "./rehearsal-view.ts";
import { flash, type Surroundings } from "./view-parts.ts";

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
