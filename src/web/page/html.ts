import { html, raw } from "hono/html";
import { T } from "../texts.ts";

/** A piece of a page, with every value in it escaped. */
export type Html = ReturnType<typeof html>;

export { html, raw };

/** Nothing, where a piece may be absent. */
export const NOTHING: Html = raw("");

/** When something was or will be: relative for the eye, with the absolute time behind it; the page's script turns it to the viewer's zone. */
export function when(date: Date | undefined, now: Date = new Date()): Html {
  if (date === undefined) return html`<span class="faint">${T.never}</span>`;
  const iso = date.toISOString();
  const absolute = `${iso.slice(0, 19).replace("T", " ")} UTC`;
  return html`<time datetime="${iso}" title="${absolute}">${relative(date.getTime() - now.getTime())}</time>`;
}

/** Units of time and how long each is, in ms, the longest first. */
export const STEPS = [
  [T.units.year, 365 * 24 * 3_600_000],
  [T.units.month, 30 * 24 * 3_600_000],
  [T.units.day, 24 * 3_600_000],
  [T.units.hour, 3_600_000],
  [T.units.minute, 60_000],
  [T.units.second, 1_000],
] as const;

/** @param ms below 0 for the past @example relative(-90_000) === "1 min ago" */
export function relative(ms: number): string {
  const distance = span(Math.abs(ms));
  if (Math.abs(ms) < 1_000) return T.now;
  return ms < 0 ? T.ago(distance) : T.inTime(distance);
}

/** How long a time is, in its largest unit, rounded down. @example span(90_000) === "1 min" */
export function span(ms: number): string {
  const [unit, size] = STEPS.find(([, step]) => ms >= step) ?? [T.units.second, 1_000];
  return `${Math.max(0, Math.floor(ms / size))} ${unit}`;
}

/** @example number(1234567) === "1,234,567" */
export function number(count: number): string {
  return count.toLocaleString("en-US");
}

/** @example kilobytes(1536) === "1.5 kB" */
export function kilobytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const kilo = bytes / 1024;
  if (kilo < 1024) return `${kilo < 10 ? kilo.toFixed(1) : Math.round(kilo)} kB`;
  const mega = kilo / 1024;
  return `${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MB`;
}

/** @example counted(1, "row", "rows") === "1 row" */
export function counted(count: number, one: string, many: string): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** What may be wider than the page, and is moved sideways then: by keys too, whatever is in it. */
export function scrolling(label: string, content: Html): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">${content}</div>`;
}

/** Text from elsewhere: what turns the reading direction of a page around is shown and not obeyed. */
export function foreign(text: string): Html {
  return html`<bdi>${visible(text)}</bdi>`;
}

/** Control characters, and those that change the direction of text, as `\u202e`: nothing can hide behind them. */
export function visible(text: string): string {
  return text.replaceAll(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is shown
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => (character === "\r" ? "" : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}
