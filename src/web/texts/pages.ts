/** What every page says. */
export const PAGES = {
  // Every page
  skipToTheContent: "Skip to the content",
  sections: "Sections",
  keySearch: "search",
  keyMove: "move",
  open: "open",
  keyRetry: "retry",
  connectionLost: "Reconnecting …",
  // Times
  never: "never",
  now: "now",
  ago: (time: string) => `${time} ago`,
  inTime: (time: string) => `in ${time}`,
  units: { year: "y", month: "mo", day: "d", hour: "h", minute: "min", second: "s", millisecond: "ms" },
  // What is not there
  notFound: "Not found",
  noSuchPage: "There is no such page",
  pageGoneWhy: "It may have been moved, or what it showed is gone.",
  // Rights
  mayOnlyLook: "You may look, and not act.\n",
} as const;
