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

/** What axe finds against WCAG 2.2 A and AA, one line each; the mails in frames are not ours to judge. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // By the debugger, which the page's own policy does not hold back.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(
          context: object,
          options: object,
        ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await axe.run({ exclude: [["iframe"]] }, { runOnly: tags, iframes: false });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary = "" }) =>
          `${id}: ${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, " ").slice(0, 200)}`,
      ),
    );
  });
}
