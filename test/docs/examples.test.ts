import { describe, expect, it } from "vitest";
import { type Block, blocksOf, exampleSources, PAGES, standsIn } from "../support/docs.ts";

/** What no test executes, and why; by the page and the first words of the block. */
const NOT_EXECUTED: Readonly<Record<string, string>> = {
  "README.md: npm ci && npm run demo":
    "the second line is what runs this test; the first is the demo, which takes too long beside it",
  "README.md: npm install delayed-mailer":
    "test/package.test.ts goes this way, and npm run package-matrix in many projects",
  "docs/callbacks.md: the action runs": "a drawing; test/delivery/callbacks.test.ts holds us to its order",
  "docs/coming-from-delayed-job.md: UserMailer.delay.send_registration_mail": "Ruby, for comparison",
  "docs/css.md: advice   templates": "what check prints; test/docs/css.test.ts compares it line by line",
  "docs/dashboard.md: npx delayed-mailer web --open":
    "test/web/dashboard-browser.test.ts looks at what it serves",
  "docs/previews.md: npx delayed-mailer dev --open": "test/web/dev-browser.test.ts runs the command",
  "docs/templates.md: templates/ user-mailer/": "a drawing of a folder",
};

const sources = exampleSources();
const blocks = PAGES.flatMap(blocksOf);

/** Code stands in a file that the compiler reads and a test runs, or is run from the page; other files and command lines are read by a page's test. */
function isExecuted({ page, language, path, code }: Block): boolean {
  const own = sources.filter((source) => source.includes(`"${page}"`));
  const calls = (name: string) => own.some((source) => source.includes(`${name}(`));
  if (language === "ts" && sources.some((source) => standsIn(source, code))) return true;
  if (path !== undefined) return calls("writeFilesOf") || (language !== "ts" && calls("filesOf"));
  if (language === "ts") return calls("snippetsIn");
  const parts = own.flatMap((source) => [...source.matchAll(/blockWith\([^,()]+, "((?:[^"\\]|\\.)+)"/g)]);
  return parts.some(([, part = ""]) => code.includes(part));
}

function isExcused({ page, code }: Block): boolean {
  const words = code.trim().replace(/\n\s*/g, " ");
  return Object.keys(NOT_EXECUTED).some((name) => `${page}: ${words}`.startsWith(name));
}

describe.each(PAGES.filter((page) => blocksOf(page).length > 0))("the examples in %s", (page) => {
  it.each(blocksOf(page).map((block) => [block.line, block] as const))(
    "line %i is executed by a test",
    (_, block) => {
      expect(isExecuted(block) || isExcused(block), block.code).toBe(true);
    },
  );
});

it("no excuse is left for an example that is gone, or executed by now", () => {
  const excused = blocks.filter(isExcused);
  expect(excused).toHaveLength(Object.keys(NOT_EXECUTED).length);
  expect(excused.filter(isExecuted)).toEqual([]);
});

it("would miss an example that stands nowhere", () => {
  const [block] = blocksOf("docs/mailers.md");
  const changed = `${block?.code.trimEnd()} // changed\n`;
  expect(sources.some((source) => standsIn(source, block?.code ?? ""))).toBe(true);
  expect(sources.some((source) => standsIn(source, changed))).toBe(false);
});
