import { DASHBOARD } from "./texts/dashboard.ts";
import { DEVELOPMENT } from "./texts/development.ts";
import { NEWSLETTERS } from "./texts/newsletters.ts";
import { PAGES } from "./texts/pages.ts";

/** What the pages say, in one place. Nothing of a page is worded elsewhere; test/web/texts.test.ts looks. */
export const T = { ...PAGES, ...DASHBOARD, ...NEWSLETTERS, ...DEVELOPMENT } as const;
