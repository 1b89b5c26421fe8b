/** Gmail shows so much of a mail's html, in bytes, and hides the rest behind a link, with it what ends the mail: unsubscribing. */
export const CLIPPED_OVER = 102 * 1024;

/** The size of html, in bytes of UTF-8, where it is more than Gmail shows. */
export function clippedBytes(html: string | undefined): number | undefined {
  // No character takes more than three bytes for each unit of its length.
  if (html === undefined || html.length * 3 <= CLIPPED_OVER) return undefined;
  const bytes = Buffer.byteLength(html);
  return bytes > CLIPPED_OVER ? bytes : undefined;
}

/** @example inKilobytes(104448) === "102 kB" */
export function inKilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} kB`;
}
