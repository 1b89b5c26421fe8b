import fc from "fast-check";
import { expect, it } from "vitest";
import { errorMessage } from "../../../src/errors/error-message.ts";
import { InlineImages } from "../../../src/mail/attachments.ts";
import { inlineCss } from "../../../src/rendering/css/inline-css.ts";
import { MailContext } from "../../../src/rendering/mail-context.ts";
import { TemplateEngine } from "../../../src/rendering/templates/template-engine.ts";
import { TemplateSet } from "../../../src/rendering/templates/template-set.ts";
import { textFromHtml } from "../../../src/rendering/text/text-part.ts";
import { type Files, files, locals } from "../../support/generated-templates.ts";

/** How many templates are tried; a long hunt sets it higher. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 150);
const SEED = process.env.PROPERTY_SEED === undefined ? undefined : Number(process.env.PROPERTY_SEED);

const engine = new TemplateEngine();
const NAME = "user-mailer/welcome";

function setup(given: Files) {
  const set = new TemplateSet({
    folder: "templates",
    files: new Map(Object.entries(given)),
    engine,
    defaultLocale: "en",
  });
  const mail = new MailContext({
    ...{ locale: "en", timeZone: "UTC", baseUrl: undefined, lang: "en" },
    catalogues: set.catalogues,
    images: new InlineImages([]),
  });
  const optionsOf = (data: object) => ({
    ...{ layout: "l", tags: [], mail, data: { subject: "Hi" } },
    locals: data as Record<string, unknown>,
  });
  return { set, optionsOf };
}

function attempt(make: () => string): string {
  try {
    return make();
  } catch (error) {
    return `failed: ${errorMessage(error)}`;
  }
}

it(
  "gives for every template and data what inlining the finished mail gives",
  () => {
    const seen = { once: 0, each: 0, made: 0, failed: 0 };
    const property = fc.property(files, fc.array(locals, { minLength: 2, maxLength: 3 }), (given, mails) => {
      const { set, optionsOf } = setup(given);
      for (const data of mails) {
        const options = optionsOf(data);
        const expected = attempt(() => inlineCss(set.fill(NAME, "html", options)));
        expect(attempt(() => set.fillHtml(NAME, options).html())).toBe(expected);
        const text = attempt(() => textFromHtml(set.fill(NAME, "html", options)));
        expect(attempt(() => set.fillHtml(NAME, options).text())).toBe(text);
        seen[expected.startsWith("failed:") ? "failed" : "made"]++;
      }
      const paths = set.check.advice().map(({ message }) => message);
      // What the reasoning lets through, the trial must never have to stop.
      expect(paths.filter((message) => message.includes("(unproven)"))).toEqual([]);
      seen[paths.length === 0 ? "once" : "each"]++;
    });
    fc.assert(property, { numRuns: RUNS, ...(SEED !== undefined && { seed: SEED }) });
    expect(seen.once).toBeGreaterThan(RUNS / 10);
    expect(seen.each).toBeGreaterThan(RUNS / 10);
    if (process.env.PROPERTY_RUNS) console.log(seen);
    expect(seen.made).toBeGreaterThan(seen.failed);
  },
  60_000 + RUNS * 500,
);
