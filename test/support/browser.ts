import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach } from "vitest";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Debian's Chromium, or what CHROMIUM names. */
const executablePath = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));

/** Why tests in a browser cannot run here; undefined where they can. */
export const noBrowser: string | undefined = executablePath
  ? undefined
  : "there is no Chromium: apt-get install chromium, or set CHROMIUM to the path of one";

/** A browser for the tests of a file; pages are closed after each test. */
export function useBrowser(): { open(url: string, options?: BrowserContextOptions): Promise<Page> } {
  let browser: Promise<Browser> | undefined;
  afterEach(async () => {
    for (const context of (await browser)?.contexts() ?? []) await context.close();
  });
  afterAll(async () => (await browser)?.close());
  return {
    open: async (url, options = {}) => {
      browser ??= chromium.launch({ ...(executablePath && { executablePath }), args: ["--no-sandbox"] });
      const page = await (await (await browser).newContext(options)).newPage();
      await page.goto(url);
      return page;
    },
  };
}

type Check = "everything" | "colours";

/** Everything at both widths and in both schemes, and what the other two pairs could still change. */
const SCREENS: readonly (readonly [scheme: "light" | "dark", width: number, check: Check])[] = [
  ["light", 1280, "everything"],
  ["dark", 1280, "colours"],
  ["dark", 390, "everything"],
  ["light", 390, "colours"],
];

/** What axe finds on a page, and what is wider than its screen: on light and dark screens, 1280 and 390 wide. One line each. */
export async function faultsOnScreens(page: Page): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [colorScheme, width, check] of SCREENS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const scrollWidth = Number(await page.evaluate("document.documentElement.scrollWidth"));
    const wide = scrollWidth > width ? [`it is ${scrollWidth} wide`] : [];
    const found = [...wide, ...(await accessibilityFaults(page, check))];
    faults.push(...found.map((fault) => `${colorScheme}, ${width} wide: ${fault}`));
  }
  return faults;
}

/** What axe finds against WCAG 2.2 A and AA, one line each; the mails in frames are not ours to judge. */
export async function accessibilityFaults(
  page: Page,
  check: Check = "everything",
): Promise<readonly string[]> {
  // By the debugger, which the page's own policy does not hold back.
  await page.evaluate(axe.source);
  return page.evaluate(async (check) => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          context: object,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const runOnly = check === "everything" ? tags : { type: "rule", values: ["color-contrast"] };
    const { violations } = await axe.run({ exclude: [["iframe"]] }, { runOnly, iframes: false });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary = "" }) =>
          `${id}: ${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, " ").slice(0, 200)}`,
      ),
    );
  }, check);
}
