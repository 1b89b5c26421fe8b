import type { RehearsalReport } from "../../../jobs/newsletter.ts";
import {
  counted,
  foreign,
  type Html,
  html,
  kilobytes,
  NOTHING,
  number,
  scrolling,
  when,
} from "../../page/html.ts";
import { T } from "../../texts.ts";
import type { NewsletterRow } from "../board-answers.ts";
import { type Redact, shownRecipient, shownText } from "../redaction.ts";

/** What the page of a newsletter says of rehearsals. */
export type RehearsalsShown =
  /** It is a rehearsal: its report once it is through, and the newsletter that it is of, where there is one already. */
  | {
      readonly kind: "rehearsal";
      readonly report: RehearsalReport | undefined;
      readonly of: Pick<NewsletterRow, "id" | "key"> | undefined;
    }
  /** It is a newsletter: its newest rehearsals. */
  | { readonly kind: "newsletter"; readonly rehearsals: readonly NewsletterRow[] };

interface Around {
  readonly base: string;
  readonly redact: Redact | undefined;
}

export function rehearsalsPart(shown: RehearsalsShown, around: Around): Html {
  return html`<section class="card"><h2>${shown.kind === "rehearsal" ? T.rehearsal : T.rehearsals}</h2>${
    shown.kind === "rehearsal" ? reportOf(shown, around) : listOf(shown.rehearsals, around.base)
  }</section>`;
}

function reportOf({ report }: RehearsalsShown & { kind: "rehearsal" }, { redact }: Around): Html {
  if (report === undefined) return html`<div class="inside"><p>${T.rehearsalGoesOn}</p></div>`;
  return html`<div class="inside"><p><strong>${T.wouldGet(counted(report.wouldGet, T.recipient, T.recipients))}</strong> ${T.nothingSent}</p><dl class="pairs">${measured(report, redact)}</dl></div>${whyNot(report, redact)}${
    report.isWhole
      ? NOTHING
      : html`<p class="inside small faint">${T.lookedAtFirst(number(report.looked))}</p>`
  }`;
}

function measured({ largest, slowest, meanMs }: RehearsalReport, redact: Redact | undefined): Html {
  const pair = (name: string, value: string, recipient?: string) =>
    html`<dt>${name}</dt><dd>${value}${recipient === undefined ? NOTHING : html` <span class="faint">${foreign(shownRecipient(recipient, redact))}</span>`}</dd>`;
  return html`${largest ? pair(T.largestMail, kilobytes(largest.bytes), largest.recipient) : NOTHING}${
    slowest ? pair(T.slowestMail, milliseconds(slowest.ms), slowest.recipient) : NOTHING
  }${meanMs === undefined ? NOTHING : pair(T.meanMail, milliseconds(meanMs))}`;
}

function whyNot({ wouldNot, others }: RehearsalReport, redact: Redact | undefined): Html {
  if (wouldNot.length === 0) return html`<p class="inside faint">${T.everybodyWould}</p>`;
  const rows = wouldNot.map(
    ({ outcome, reason, count, example }) =>
      html`<tr><td class="num" data-label="${T.recipientsHeading}">${number(count)}</td><td data-label="${T.wouldNot}">${outcome}</td><td data-label="${T.reason}">${foreign(shownText(reason, redact))}</td><td data-label="${T.suchAs}">${foreign(shownRecipient(example, redact))}</td></tr>`,
  );
  const head = html`<thead><tr><th class="num">${T.recipientsHeading}</th><th>${T.wouldNot}</th><th>${T.reason}</th><th>${T.suchAs}</th></tr></thead>`;
  return html`${scrolling(T.wouldNot, html`<table class="stack">${head}<tbody>${rows}</tbody></table>`)}${
    others === 0 ? NOTHING : html`<p class="inside small faint">${T.otherReasons(number(others))}</p>`
  }`;
}

function listOf(rehearsals: readonly NewsletterRow[], base: string): Html {
  if (rehearsals.length === 0)
    return html`<div class="inside"><p class="faint">${T.notRehearsed}</p><p><code>${T.rehearseCommand}</code></p></div>`;
  const rows = rehearsals.map(({ id, progress: { rehearsed, recipients, refused, state, createdAt } }) => {
    const not = recipients + refused - rehearsed;
    return html`<tr data-row><td data-label="${T.begun}" class="name nowrap"><a href="${base}/newsletters/${id}">${when(createdAt)}</a></td><td data-label="${T.wouldGetIt}" class="num">${number(rehearsed)}</td><td data-label="${T.wouldNot}" class="num ${not > 0 && state === "finished" ? "bad-text" : ""}">${state === "finished" ? number(not) : "–"}</td></tr>`;
  });
  return html`<table class="stack"><thead><tr><th>${T.begun}</th><th class="num">${T.wouldGetIt}</th><th class="num">${T.wouldNot}</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
