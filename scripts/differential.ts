// Compares what a browser computes for pages before and after their styles are inlined: npm run differential [generated pages] [seed]

import { readFile } from "node:fs/promises";
import { inlineCss, unheardIn } from "../src/rendering/css/inline-css.ts";
import { TemplateEngine } from "../src/rendering/templates/template-engine.ts";
import { TemplateSet } from "../src/rendering/templates/template-set.ts";
import { Chromium } from "./chromium.ts";
import { generatedPages } from "./generated-pages.ts";
import { type Case, kits } from "./kits.ts";
import { type Look, Page } from "./page.ts";
import { samplePages } from "./sample-pages.ts";

interface Comparison {
  readonly elements: number;
  readonly found: readonly string[];
  readonly count: number;
}

const WIDTHS = [800, 400];
const SCHEMES = ["light", "dark"] as const;
const source = await readFile(new URL("compare-styles.js", import.meta.url), "utf8");
const COMPARE = source.trim().replace(/;$/, "");
const [count = "300", seed = "1"] = process.argv.slice(2);

const published = await kits();
const groups: Readonly<Record<string, readonly Case[]>> = {
  "sample mails": await samplePages(),
  "generated pages": generatedPages(Number(count), Number(seed)),
  "published kits": published,
};

reportRefusals(published);
const browser = new Chromium(process.env.CHROMIUM);
try {
  const page = await Page.open(browser, "templates/images");
  await findsWhatIsThere(page);
  for (const [name, cases] of Object.entries(groups)) await compareAll(page, name, cases);
} finally {
  await browser.close();
}

/** What `check` says of each page as a template. */
function reportRefusals(cases: readonly Case[]): void {
  const problems = cases.map(({ name, html }) => ({ name, problems: problemsOf(html) }));
  const refused = problems.filter((each) => each.problems.length > 0);
  print(
    `check: ${cases.length - refused.length} of ${cases.length} published templates accepted, ${refused.length} refused`,
  );
  for (const { name, problems: said } of refused) print(`  ${name}: ${said[0]}`);
  if (refused.length > 0) process.exitCode = 1;
}

function problemsOf(html: string): readonly string[] {
  // Braces of other template languages are text here.
  const files = new Map([["kit/page.html.hbs", html.replaceAll("{{", "\\{{")]]);
  const set = new TemplateSet({ folder: "kit", files, engine: new TemplateEngine(), defaultLocale: "en" });
  return set.check.problems().map(({ message, line }) => `${line}: ${message}`);
}

async function compareAll(page: Page, group: string, cases: readonly Case[]): Promise<void> {
  let [elements, different, named] = [0, 0, 0];
  for (const { name, html, after = inlineCss(html) } of cases) {
    let isDifferent = false;
    for (const width of WIDTHS)
      for (const scheme of SCHEMES) {
        const comparison = await compare(page, [html, after], { width, scheme });
        elements += comparison.elements;
        if (comparison.count === 0) continue;
        print(`  ${name} at ${width} px, ${scheme}: ${comparison.count} differences`);
        for (const each of comparison.found.slice(0, 5)) print(`    ${each}`);
        isDifferent = true;
      }
    // What cannot be done as in a browser, check says where.
    if (isDifferent && unheardIn(html).length > 0) named += 1;
    else if (isDifferent) different += 1;
  }
  print(
    `${group}: ${cases.length} pages, ${elements} elements compared, ${different} pages differ, ${named} more where check says so`,
  );
  if (different > 0) process.exitCode = 1;
}

async function compare(page: Page, pages: readonly string[], { width, scheme }: Look): Promise<Comparison> {
  const expression = `(${COMPARE})(${JSON.stringify([...pages, width])})`;
  return (await page.evaluate(expression, scheme)) as Comparison;
}

/** A comparison that finds nothing anywhere would look like success. */
async function findsWhatIsThere(page: Page): Promise<void> {
  const pages = ["<p style='line-break: anywhere'>x</p>", "<p>x</p>"];
  const { count: found } = await compare(page, pages, { width: 400, scheme: "light" });
  if (found === 0) throw new Error("Two pages that differ were found to be the same.");
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
