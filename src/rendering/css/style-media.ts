const SCREEN = /^(only|(only\s+)?(all|screen)|)$/i;

/** Whether the rules of a style element with this `media` hold on a screen without a question: only those can be inlined. */
export function isForScreen(media: string | undefined): boolean {
  return media === undefined || SCREEN.test(media.trim());
}
