/** How a mail is shown: as on a light screen, on a dark one, or as by clients that turn the colours of every mail around. */
export const SCHEMES = ["light", "dark", "inverted"] as const;

export type Scheme = (typeof SCHEMES)[number];

const PREFERS = /\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi;
/** Always true, and never. */
const TRUE = "(min-width: 0px)";
const FALSE = "(max-width: 0px)";

/** What Gmail on iOS and Outlook do to mails that say nothing of a dark screen, and to many that do. Pictures stay as they are. */
const INVERTED = `<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}img,video,svg,[background],[style*="background-image"]{filter:invert(1) hue-rotate(180deg)}</style>`;

/**
 * The html of a mail for a sandboxed frame: its media queries answered as a client with this colour scheme would, whatever the viewer's
 * own is, and its links opening elsewhere.
 */
export function framedHtml(html: string, scheme: Scheme): string {
  const dark = scheme === "dark";
  const answered = html.replace(PREFERS, (_, wanted: string) =>
    (wanted.toLowerCase() === "dark") === dark ? TRUE : FALSE,
  );
  return `<!doctype html><base target="_blank">${scheme === "inverted" ? INVERTED : ""}${withoutDoctype(answered)}`;
}

function withoutDoctype(html: string): string {
  return html.replace(/^\ufeff?\s*<!doctype[^>]*>/i, "");
}
