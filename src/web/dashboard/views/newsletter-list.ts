import type { NewsletterProgress } from "../../../jobs/newsletter.ts";
import { rehearsedKey } from "../../../newsletters/newsletter-store.ts";
import { foreign, type Html, html, NOTHING, number, when } from "../../page/html.ts";
import { notice } from "../../page/layout.ts";
import { T } from "../../texts.ts";
import type { NewsletterRow, NewslettersAnswer } from "../board-answers.ts";

export const NEWSLETTER_TAGS: Readonly<Record<string, string>> = {
  running: "busy",
  paused: "warn",
  cancelled: "bad",
  finished: "good",
};

export function newsletterLine({ id, key, progress }: NewsletterRow, base: string): Html {
  return html`<div class="head"><a href="${base}/newsletters/${id}"><strong>${foreign(rehearsedKey(key))}</strong></a><span class="tag ${NEWSLETTER_TAGS[progress.state] ?? ""}">${progress.state}</span>${rehearsedKey(key) === key ? NOTHING : html`<span class="tag">${T.rehearsal.toLowerCase()}</span>`}<span class="grow"></span><span class="faint small">${progress.state === "running" ? paceOf(progress) : html`${T.begun} ${when(progress.createdAt)}`}</span></div>${bar(progress)}`;
}

/** How far it is: what cannot change by itself any more, of all. */
export function bar({ recipients, pending, deferred }: NewsletterProgress): Html {
  const done = recipients - pending - deferred;
  const share = recipients === 0 ? 0 : Math.floor((done / recipients) * 100);
  return html`<progress max="${Math.max(1, recipients)}" value="${done}" aria-label="${T.percent(share)}">${share} %</progress><p class="small faint">${T.doneOf(number(done), number(recipients), share)}</p>`;
}

export function paceOf({ rate, eta, state }: NewsletterProgress): Html {
  if (state !== "running") return NOTHING;
  return html`${rate < 10 ? rate.toFixed(1) : number(Math.round(rate))}/s${eta ? html` · ${T.throughAt} ${when(eta)}` : NOTHING}`;
}

export function newsletterList(
  { newsletters: rows, next }: NewslettersAnswer,
  base: string,
  isFirst: boolean,
): Html {
  if (rows.length === 0 && !isFirst)
    return notice(T.noOlderNewsletters, html`<a href="${base}/newsletters">${T.theNewest}</a>`);
  if (rows.length === 0)
    return notice(T.noNewsletters, html`${T.sendOne} <code>NewsMailer.broadcast(audience).weekly(42)</code>`);
  return html`<div class="head"><h1>${T.newsletters}</h1></div>${rows.map(
    (row) =>
      html`<div class="card inside" data-row><div class="inside">${newsletterLine(row, base)}</div></div>`,
  )}<p class="row">${isFirst ? NOTHING : html`<a class="button" href="${base}/newsletters">${T.firstPage}</a>`}${
    next
      ? html`<a class="button" rel="next" href="${base}/newsletters?${new URLSearchParams({ after: next })}">${T.nextPage}</a>`
      : NOTHING
  }</p>`;
}
