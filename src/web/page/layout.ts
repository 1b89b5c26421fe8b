import { VERSION } from "../../version.ts";
import type { ServerEvents } from "../server-events.ts";
import { T } from "../texts.ts";
import { type Html, html, NOTHING, visible } from "./html.ts";

/** A part of the site, in its navigation. */
export interface Section {
  readonly name: string;
  /** From the site's base, such as `/jobs`. */
  readonly path: string;
}

/** What all pages of a site have. */
export interface Site {
  /** What every path of it begins with; empty at the root. */
  readonly base: string;
  readonly sections: readonly Section[];
  /** What open pages are told of changes by: a page says which version it shows, so that it sees when it missed one. */
  readonly events: Pick<ServerEvents, "version">;
}

export interface Page {
  readonly title: string;
  /** Path of the section it is in. */
  readonly section: string;
  /** Which event makes the page read itself anew, where it shows what moves. */
  readonly live?: "changed" | "inbox" | "tick";
  /** Where the same page is read again, below the base: for one that is the answer to a form. */
  readonly here?: string;
  /** Whether it takes the whole width of the window. @default false */
  readonly wide?: boolean;
  readonly body: Html;
}

/** A whole page. */
export function layout(
  { base, sections, events }: Site,
  { title, section, live, here, wide = false, body }: Page,
): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>${visible(title)} · delayed-mailer</title>
<link rel="icon" href="${base}/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${base}/assets/pages.css">
<script src="${base}/assets/pages.js" defer></script>
</head>
<body data-base="${base}">
<a class="skip" href="#main">${T.skipToTheContent}</a>
<header class="top">
<a class="brand" href="${base}/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M3 6.5h18v11H3z"/><path d="m3 7 9 6.5L21 7"/></svg><span>delayed-mailer</span></a>
<nav aria-label="${T.sections}">
${sections.map(
  ({ name, path }) =>
    html`<a href="${base}${path}"${path === section ? html` aria-current="page"` : NOTHING}>${name}</a>`,
)}
</nav>
<span class="state" id="connection" role="status"></span>
</header>
<main id="main" tabindex="-1" class="${wide ? "wide" : "narrow"}"${live ? html` data-live="${live}" data-version="${events.version}"` : NOTHING}${here === undefined ? NOTHING : html` data-here="${base}${here}"`}>
${body}
</main>
<footer>delayed-mailer ${VERSION}<span class="keys"> · <kbd>/</kbd> ${T.keySearch} · <kbd>j</kbd> <kbd>k</kbd> ${T.keyMove} · <kbd>Enter</kbd> ${T.open} · <kbd>r</kbd> ${T.keyRetry}</span></footer>
</body>
</html>`;
}

/** A page that says what went wrong, or what to do next. */
export function notice(heading: string, ...lines: readonly (string | Html)[]): Html {
  return html`<section class="empty"><h1>${heading}</h1>${lines.map((line) => html`<p>${line}</p>`)}</section>`;
}
