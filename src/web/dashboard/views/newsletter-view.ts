import type { NewsletterOutcome, NewsletterProgress } from "../../../jobs/newsletter.ts";
import { rehearsedKey } from "../../../newsletters/newsletter-store.ts";
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
import type { NewsletterRow } from "../board-answers.ts";
import { shownText } from "../redaction.ts";
import type { WhyNot } from "../why-not.ts";
import { bar, NEWSLETTER_TAGS, paceOf } from "./newsletter-list.ts";
import { type RehearsalsShown, rehearsalsPart } from "./rehearsal-view.ts";
import { flash, type Surroundings } from "./view-parts.ts";

export interface NewsletterView {
  readonly row: NewsletterRow;
  readonly troubles: readonly { readonly message: string }[];
  readonly whyNot: WhyNot;
  readonly rehearsals: RehearsalsShown;
  readonly found?: { readonly asked: string; readonly outcome: NewsletterOutcome | undefined } | undefined;
  readonly said?: { readonly text: string; readonly isBad: boolean } | undefined;
}

export function newsletterView(view: NewsletterView, around: Surroundings): Html {
  const { row, troubles, said, rehearsals } = view;
  const { progress } = row;
  const { base, mayAct, redact } = around;
  return html`<div class="head"><h1>${headingOf(view, base)}</h1><span class="tag ${NEWSLETTER_TAGS[progress.state] ?? ""}">${progress.state}</span><span class="grow"></span>${mayAct ? newsletterActs(row, base) : NOTHING}</div>
${said ? flash(said) : NOTHING}${troubles.map(({ message }) => html`<p class="flash bad" role="alert">${visible(shownText(message, redact))}</p>`)}
<section class="card"><div class="inside">${bar(progress)}${progress.state === "running" ? html`<p>${paceOf(progress)}</p>` : NOTHING}${progress.waiting.map(
    ({ reason, chunks, until }) =>
      html`<p class="small">${counted(chunks, T.partWaits, T.partsWait)}: ${visible(shownText(reason, redact))}${until ? html`, ${when(until)}` : NOTHING}</p>`,
  )}</div></section>
<div class="cards">${outcomesOf(progress, rehearsals.kind).map(([name, count, kind]) => html`<div class="figure ${count > 0 ? kind : ""}"><b>${number(count)}</b><small>${name}</small></div>`)}</div>
${rehearsals.kind === "rehearsal" ? rehearsalsPart(rehearsals, around) : NOTHING}<div class="two">${rehearsals.kind === "rehearsal" ? NOTHING : whyNotPart(view, around)}
<section class="card"><h2>${T.findARecipient}</h2><div class="inside"><form class="row" method="post" action="${base}/newsletters/${row.id}/find"><input type="search" name="recipient" required placeholder="${T.sampleAddress}" aria-label="${T.recipientHeading}" autocomplete="off"><button>${T.find}</button></form>${foundPart(view)}<p><a href="${base}/newsletters/${row.id}/outcomes.csv" download>${T.downloadAllOutcomesCsv}</a></p>${redact === false ? NOTHING : html`<p class="small faint">${T.addressesAreHiddenIn} <code>dashboard({ redact: false })</code> ${T.showsThem}</p>`}</div></section></div>
${rehearsals.kind === "newsletter" ? rehearsalsPart(rehearsals, around) : NOTHING}
<p class="faint small">${T.begun} ${when(progress.createdAt)}${progress.finishedAt ? html`, ${T.endedAt} ${when(progress.finishedAt)}` : NOTHING} · ${counted(progress.chunks, T.part, T.parts)}${leftOutOf(progress)}</p>`;
}

function headingOf({ row, rehearsals }: NewsletterView, base: string): Html {
  if (rehearsals.kind === "newsletter") return foreign(row.key);
  const { of } = rehearsals;
  return html`${T.rehearsalOf} ${of ? html`<a href="${base}/newsletters/${of.id}">${foreign(of.key)}</a>` : foreign(rehearsedKey(row.key))}`;
}

function whyNotPart(
  { whyNot: { reasons, providers, failed, isWhole } }: NewsletterView,
  { redact }: Surroundings,
): Html {
  const rows = reasons.map(
    ({ reason, count }) =>
      html`<tr><td class="num">${number(count)}</td><td>${foreign(shownText(reason, redact))}</td></tr>`,
  );
  const shares = providers.map(
    ({ provider, count }) => html`<tr><td class="num">${number(count)}</td><td>${provider}</td></tr>`,
  );
  const whose = isWhole ? T.ofAll(number(failed)) : T.ofTheFirst(number(failed));
  return html`<section class="card"><h2>${T.whyNot}</h2>${
    rows.length === 0
      ? html`<p class="inside faint">${isWhole ? T.everybodyGotIt : T.noneAmongTheFirst}</p>`
      : html`${scrolling(T.whyNot, html`<table><tbody>${rows}</tbody></table>`)}${shares.length > 0 ? html`<h3 class="inside">${T.byProvider}</h3>${scrolling(T.byProvider, html`<table><tbody>${shares}</tbody></table>`)}` : NOTHING}<p class="inside small faint">${failed === 1 && isWhole ? T.ofTheOne : whose}</p>`
  }</section>`;
}

function leftOutOf({ duplicates, refused }: NewsletterProgress): string {
  if (duplicates === 0 && refused === 0) return "";
  const rows = [
    ...(duplicates > 0 ? [counted(duplicates, T.duplicate, T.duplicates)] : []),
    ...(refused > 0 ? [counted(refused, T.rowRefused, T.rowsRefused)] : []),
  ];
  return ` · ${T.leftOut(rows.join(", "))}`;
}

function foundPart({ found }: NewsletterView): Html {
  if (found === undefined) return NOTHING;
  if (found.outcome === undefined) return html`<p role="status">${T.nobodyFound}</p>`;
  const { outcome, response, code, at, queueId } = found.outcome;
  return html`<p role="status"><span class="tag ${outcome === "sent" ? "good" : "warn"}">${outcome}</span> ${at ? when(at) : NOTHING}</p><p>${code ?? ""} ${foreign(response)}</p>${queueId ? html`<p class="small faint">${T.serverCallsIt} <code>${visible(queueId)}</code></p>` : NOTHING}`;
}

function outcomesOf(
  progress: NewsletterProgress,
  kind: RehearsalsShown["kind"],
): readonly (readonly [string, number, string])[] {
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
    [T.outcomes.sent, sent, ""],
    [T.outcomes.pending, pending, ""],
    [T.outcomes.deferred, deferred, "warn"],
    [T.outcomes.rejected, rejected, "bad"],
    [T.outcomes.failed, failed, "bad"],
    [T.outcomes.unknown, unknown, "warn"],
    [T.outcomes.invalid, invalid, "bad"],
    [T.outcomes.stopped, stopped, ""],
    [T.outcomes.cancelled, cancelled, ""],
    [T.outcomes.expired, expired, "warn"],
    [T.outcomes.rehearsed, rehearsed, ""],
  ] as const;
  return all.filter(([, count], index) => (kind === "newsletter" && index < 5) || count > 0);
}

function newsletterActs({ id, progress: { state, failed } }: NewsletterRow, base: string): Html {
  const ask = (verb: string, label: string, why: string, kind = "main", key = "") =>
    html`<details class="ask"${key ? html` data-key="${key}"` : NOTHING}><summary>${label}</summary><form method="post" action="${base}/newsletters/${id}/${verb}"><p>${why}</p><button class="${kind}">${label}</button></form></details>`;
  return html`${state === "running" ? ask("pause", T.pause, T.pauseNewsletterWhy) : NOTHING}${
    state === "paused" ? ask("resume", T.resume, T.resumeNewsletterWhy) : NOTHING
  }${failed > 0 && state !== "cancelled" ? ask("retry", T.retryTheFailed, T.retryFailedWhy(counted(failed, T.recipientGets, T.recipientsGet)), "main", "r") : NOTHING}${
    state === "running" || state === "paused"
      ? ask("cancel", T.cancel, T.cancelNewsletterWhy, "danger")
      : NOTHING
  }`;
}
