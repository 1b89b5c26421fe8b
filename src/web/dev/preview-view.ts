import type { Preview, PreviewRegistry } from "../../mailers/preview.ts";
import type { HtmlAudit } from "../../previews/html-audit.ts";
import { readableHeaders } from "../../previews/readable-headers.ts";
import type { Failed, PreviewResult, Shown, Stopped } from "../../previews/showing.ts";
import { CLIPPED_OVER } from "../../rendering/clipping.ts";
import { counted, foreign, type Html, html, kilobytes, NOTHING, visible } from "../page/html.ts";
import { T } from "../texts.ts";
import type { Field } from "./argument-fields.ts";
import { type Look, lookQuery } from "./look.ts";

/** The path of a preview's page, below the base. */
export function previewPath({
  mailer,
  action,
  scenario,
}: Pick<Preview, "mailer" | "action" | "scenario">): string {
  return `/previews/${[mailer, action, scenario].map(encodeURIComponent).join("/")}`;
}

/** All previews, the one that is open marked. */
export function previewList(
  base: string,
  previews: readonly Preview[],
  current?: Pick<Preview, "mailer" | "action" | "scenario">,
): Html {
  const mailers = [...new Set(previews.map(({ mailer }) => mailer))].sort();
  const isCurrent = (preview: Preview) =>
    current !== undefined && previewPath(preview) === previewPath(current);
  const samples = (mailer: string, action: string) =>
    previews
      .filter((each) => each.mailer === mailer && each.action === action)
      .map(
        (each) =>
          html`<li data-row><a href="${base}${previewPath(each)}"${
            isCurrent(each) ? html` aria-current="page"` : NOTHING
          }>${foreign(each.scenario)}</a></li>`,
      );
  const actions = (mailer: string) => [
    ...new Set(previews.filter((each) => each.mailer === mailer).map(({ action }) => action)),
  ];
  return html`<nav class="side" aria-label="${T.previews}">${mailers.map(
    (mailer) =>
      html`<h2>${mailer}</h2>${actions(mailer).map(
        (action) => html`<h3>${action}</h3><ul>${samples(mailer, action)}</ul>`,
      )}`,
  )}</nav>`;
}

export interface PreviewView {
  readonly base: string;
  readonly look: Look;
  readonly preview: Preview;
  readonly result: PreviewResult;
  readonly locales: readonly string[];
  readonly locale: string;
  readonly zone: string;
  readonly zones: readonly string[];
  readonly fields: readonly Field[];
  readonly audit: HtmlAudit | undefined;
  readonly advice: readonly string[];
  /** What is wrong with what was typed. */
  readonly problem?: string | undefined;
  /** Where "send me this" would send it. */
  readonly transport: string;
}

/** The page of one preview, right of the list. */
export function previewView(view: PreviewView): Html {
  const { base, look, preview, result, problem } = view;
  return html`<div class="head"><h1>${preview.mailer}.${preview.action} <span class="faint">${foreign(preview.scenario)}</span></h1><span class="grow"></span>${
    preview.place ? html`<code class="faint">${preview.place.file}:${preview.place.line}</code>` : NOTHING
  }</div>
${look.sent ? html`<p class="flash" role="status">${T.sentThrough(view.transport)}</p>` : NOTHING}
${problem ? html`<p class="flash bad" role="alert">${problem}</p>` : NOTHING}
<div class="card">
<header>
${choices(view)}
<span class="grow"></span>
${sendForm(view)}
</header>
${result.kind === "shown" ? shownPart(view, result) : NOTHING}
${result.kind === "failed" ? faultPart(result) : NOTHING}
${result.kind === "stopped" ? stoppedPart(result) : NOTHING}
</div>
${argumentsPart(view)}
<p class="small faint">${T.alsoAsFiles} <code>delayed-mailer preview ${preview.mailer}.${preview.action}</code>. <a href="${base}/previews">${T.allPreviews}</a></p>`;
}

function choices({ base, look, preview, locales, locale, zone, zones }: PreviewView): Html {
  const option = (value: string, chosen: string) =>
    html`<option value="${value}"${value === chosen ? html` selected` : NOTHING}>${value}</option>`;
  const kept = Object.entries({ tab: look.tab, remote: look.remote, edit: look.edit });
  return html`<form class="row" action="${base}${previewPath(preview)}" data-auto>
<label><span class="small faint">${T.language}</span> <select name="locale">${[...new Set([...locales, locale])].map((tag) => option(tag, locale))}</select></label>
<label><span class="small faint">${T.zone}</span> <select name="zone">${[...new Set([zone, ...zones])].map((name) => option(name, zone))}</select></label>
<label><span class="small faint">${T.width}</span> <select name="width">${["phone", "tablet", "desktop"].map((width) => option(width, look.width))}</select></label>
<label><span class="small faint">${T.screen}</span> <select name="scheme">${["light", "dark", "inverted"].map((scheme) => option(scheme, look.scheme))}</select></label>
${kept.map(([name, value]) => (value ? html`<input type="hidden" name="${name}" value="${value}">` : NOTHING))}
<noscript><button>${T.show}</button></noscript>
</form>`;
}

function sendForm({ base, look, preview, locale, zone, transport }: PreviewView): Html {
  return html`<details class="ask"><summary>${T.sendMeThis}</summary><form class="fields" method="post" action="${base}${previewPath(preview)}/send">
<label><span>${T.to}</span><input type="email" name="to" required autocomplete="email"></label>
<input type="hidden" name="locale" value="${locale}"><input type="hidden" name="zone" value="${zone}"><input type="hidden" name="edit" value="${look.edit ?? ""}">
<p class="small faint">${T.throughTransport(transport)}</p>
<button class="main">${T.send}</button></form></details>`;
}

function shownPart(view: PreviewView, shown: Shown): Html {
  const { base, look, preview, audit, advice } = view;
  const path = `${base}${previewPath(preview)}`;
  const query = (change: Partial<Look>) => lookQuery(view.look, change);
  const found = advice.length + (audit?.advice.length ?? 0);
  const tab = (name: Look["tab"], label: string | Html) =>
    html`<a href="${path}?${query({ tab: name })}"${look.tab === name ? html` aria-current="page"` : NOTHING}>${label}</a>`;
  const { mail } = shown;
  return html`<div class="inside">
<dl class="pairs">
<dt>${T.subject}</dt><dd><strong>${foreign(mail.subject)}</strong></dd>
<dt>${T.from}</dt><dd>${foreign(addresses([mail.from]))}</dd>
<dt>${T.to}</dt><dd>${foreign(addresses(mail.to))}</dd>
</dl></div>
<header><nav class="tabs" aria-label="${T.partsOfTheMail}">
${mail.html === undefined ? NOTHING : tab("html", T.htmlPart)}${tab("text", T.textPart)}${tab("headers", T.headersPart)}${tab("source", T.sourcePart)}${tab(
  "advice",
  html`${T.advice} <span class="count">${found}</span>`,
)}</nav><span class="grow"></span>${sizeOf(mail.html)}<a class="button" href="${path}/mail.eml?${query({})}">.eml</a></header>
${mail.html !== undefined && look.tab === "html" ? framePart(view, path) : NOTHING}
${look.tab === "text" || (look.tab === "html" && mail.html === undefined) ? preformatted(mail.text) : NOTHING}
${look.tab === "headers" ? headerTable(Object.entries(readableHeaders(mail))) : NOTHING}
${look.tab === "source" ? preformatted(shown.eml.toString("utf8")) : NOTHING}
${look.tab === "advice" ? advicePart(view) : NOTHING}
${attachmentsPart(mail.attachments ?? [], `${path}/attachments`, query({}))}`;
}

function framePart({ look, audit }: PreviewView, path: string): Html {
  const remote = audit?.remote ?? 0;
  const ask =
    remote > 0
      ? html`<p class="inside small faint">${
          look.remote
            ? html`${T.picturesFromElsewhereAre} <a href="${path}?${lookQuery(look, { remote: undefined })}">${T.hideThem}</a>`
            : html`${T.notFetched(counted(remote, T.picture, T.pictures))} <a href="${path}?${lookQuery(look, { remote: "1" })}">${T.fetch}</a>`
        }</p>`
      : NOTHING;
  return html`${ask}${frame(`${path}/frame?${lookQuery(look)}`, look)}`;
}

/** A mail in a frame that lets nothing of it out. */
export function frame(src: string, { width, scheme }: Pick<Look, "width" | "scheme">): Html {
  const dark = scheme === "light" ? "" : "dark";
  return html`<div class="stage ${width} ${dark}"><iframe title="${T.theMail}" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer" loading="eager" src="${src}"></iframe></div>`;
}

export function preformatted(text: string): Html {
  return html`<pre class="inside" tabindex="0">${visible(text)}</pre>`;
}

export function headerTable(headers: readonly (readonly [string, string])[]): Html {
  return html`<div class="inside"><dl class="pairs mono">${headers.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${foreign(value)}</dd>`,
  )}</dl></div>`;
}

export interface ShownAttachment {
  readonly filename: string;
  readonly content: Uint8Array;
}

export function attachmentsPart(files: readonly ShownAttachment[], path: string, query: string): Html {
  if (files.length === 0) return NOTHING;
  return html`<div class="inside"><h2>${T.attachments}</h2><ul class="plain">${files.map(
    ({ filename, content }, index) =>
      html`<li><a href="${path}/${index}?${query}" download>${foreign(filename)}</a> <span class="faint small">${kilobytes(content.length)}</span></li>`,
  )}</ul></div>`;
}

/** Of the html, against what Gmail shows. */
export function sizeOf(mailHtml: string | undefined): Html {
  if (mailHtml === undefined) return html`<span class="tag">${T.textOnly}</span>`;
  const bytes = Buffer.byteLength(mailHtml);
  const isClipped = bytes > CLIPPED_OVER;
  return html`<span class="tag ${isClipped ? "bad" : ""}" title="${T.gmailShows(kilobytes(CLIPPED_OVER))}">${T.sizeOf(kilobytes(bytes), kilobytes(CLIPPED_OVER))}${isClipped ? T.gmailClipsIt : ""}</span>`;
}

function advicePart({ audit, advice }: PreviewView): Html {
  const all = [...advice, ...(audit?.advice ?? [])];
  return html`<div class="inside">${
    all.length === 0
      ? html`<p>${T.nothingToAdvise}</p>`
      : html`<ul class="plain">${all.map((line) => html`<li><span class="tag warn">${T.adviceTag}</span> ${visible(line)}</li>`)}</ul>`
  }
<h2>${T.links}</h2><ul class="plain">${(audit?.links ?? []).map(
    ({ href, text, fault }) =>
      html`<li>${fault ? html`<span class="tag warn">${fault}</span> ` : html`<span class="tag good">${T.ok}</span> `}<bdi>${text || T.noText}</bdi><br><code class="faint">${visible(href)}</code></li>`,
  )}</ul>
<h2>${T.images}</h2><ul class="plain">${(audit?.images ?? []).map(
    ({ src, alt }) =>
      html`<li>${alt === undefined ? html`<span class="tag warn">${T.noAlt}</span> ` : NOTHING}<bdi>${alt === "" ? T.decoration : (alt ?? "")}</bdi> <code class="faint">${visible(src.slice(0, 200))}</code></li>`,
  )}</ul></div>`;
}

export function faultPart({ message, place, excerpt }: Pick<Failed, "message" | "place" | "excerpt">): Html {
  return html`<div class="inside"><div class="fault" role="alert"><h2>${visible(message)}</h2>${
    place ? html`<p><code>${place.file}:${place.line}</code></p>` : NOTHING
  }${excerpt ? html`<pre tabindex="0">${visible(excerpt)}</pre>` : NOTHING}</div></div>`;
}

function stoppedPart({ reason }: Stopped): Html {
  return html`<div class="empty"><h2>${T.thisMailIsStopped}</h2><p>${reason}</p></div>`;
}

function argumentsPart({ base, look, preview, fields, locale, zone }: PreviewView): Html {
  if (fields.length === 0) return NOTHING;
  return html`<details class="card" id="arguments"${look.edit ? html` open` : NOTHING}><summary class="inside">${look.edit ? T.argumentsEdited : T.arguments}</summary>
<form class="inside fields" method="post" action="${base}${previewPath(preview)}/arguments?${lookQuery(look)}">
${fields.map(fieldInput)}
<input type="hidden" name="locale" value="${locale}"><input type="hidden" name="zone" value="${zone}">
<div class="row"><button class="main">${T.showWithThese}</button>${
    look.edit
      ? html`<a class="button" href="${base}${previewPath(preview)}?${lookQuery(look, { edit: undefined })}">${T.backToTheSample}</a>`
      : NOTHING
  }</div></form></details>`;
}

function fieldInput(field: Field): Html {
  const { label } = field;
  const name = `arg.${field.name}`;
  switch (field.kind) {
    case "group":
      return html`<fieldset><legend>${label}</legend>${field.fields.map(fieldInput)}</fieldset>`;
    case "boolean":
      return html`<label><input type="checkbox" name="${name}"${field.value ? html` checked` : NOTHING}> ${label}</label>`;
    case "choice":
      return html`<label><span>${label}</span><select name="${name}">${field.choices.map(
        (choice) => html`<option${choice === field.value ? html` selected` : NOTHING}>${choice}</option>`,
      )}</select></label>`;
    case "json":
      return html`<label><span>${label} ${T.inJson}</span><textarea name="${name}" spellcheck="false">${field.value}</textarea></label>`;
    case "date":
      return html`<label><span>${label} ${T.inUtc}</span><input type="datetime-local" step="1" name="${name}" value="${field.value}"></label>`;
    case "number":
      return html`<label><span>${label}</span><input type="number" step="any" name="${name}" value="${field.value}"></label>`;
    default:
      return html`<label><span>${label}</span><input type="text" name="${name}" value="${field.value}"></label>`;
  }
}

export function addresses(boxes: readonly { readonly name: string; readonly address: string }[]): string {
  return boxes.map(({ name, address }) => (name === "" ? address : `${name} <${address}>`)).join(", ");
}

/** What `previews()` registered, in the order of the list. */
export function inOrder(previews: Pick<PreviewRegistry, "all">): readonly Preview[] {
  const key = ({ mailer, action }: Preview) => `${mailer} ${action}`;
  return previews.all().toSorted((a, b) => key(a).localeCompare(key(b)));
}
