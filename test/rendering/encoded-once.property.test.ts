import fc from "fast-check";
import { expect, it } from "vitest";
import { errorMessage } from "../../src/errors/error-message.ts";
import { InlineImages } from "../../src/mail/attachments.ts";
import { decodeText } from "../../src/mail/quoted-printable.ts";
import { MailContext } from "../../src/rendering/mail-context.ts";
import { TemplateEngine } from "../../src/rendering/templates/template-engine.ts";
import { TemplateSet } from "../../src/rendering/templates/template-set.ts";
import { type Files, files, locals } from "../support/generated-templates.ts";

/** How many templates are tried; a long hunt sets it higher. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 150);

const engine = new TemplateEngine();
const NAME = "user-mailer/welcome";

/** The html templates, and the same words as templates of text. */
function setup(given: Files) {
  const texts = Object.entries(given).map(([key, text]) => [key.replace(".html.hbs", ".text.hbs"), text]);
  const set = new TemplateSet({
    folder: "templates",
    files: new Map([...Object.entries(given), ...(texts as [string, string][])]),
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

function attempt(make: () => string | undefined): string | undefined {
  try {
    return make();
  } catch (error) {
    return `failed: ${errorMessage(error)}`;
  }
}

const decoded = (encoded: string | undefined) =>
  encoded === undefined || encoded.startsWith("failed: ") ? encoded : decodeText(encoded);

it(
  "says in quoted-printable what the mail says, or leaves it to the general way",
  () => {
    const seen = { encoded: 0, left: 0, texts: 0 };
    const property = fc.property(files, fc.array(locals, { minLength: 2, maxLength: 3 }), (given, mails) => {
      const { set, optionsOf } = setup(given);
      for (const data of mails) {
        const options = optionsOf(data);
        const html = decoded(attempt(() => set.fillHtml(NAME, options).encodedHtml()));
        if (html !== undefined) expect(html).toBe(attempt(() => set.fillHtml(NAME, options).html()));
        const made = decoded(attempt(() => set.fillHtml(NAME, options).encodedText()));
        expect(made).toBe(attempt(() => set.fillHtml(NAME, options).text()));
        const written = decoded(attempt(() => set.fillEncoded(NAME, options)));
        if (written !== undefined) expect(written).toBe(attempt(() => set.fill(NAME, "text", options)));
        seen[html === undefined ? "left" : "encoded"]++;
        if (written !== undefined) seen.texts++;
      }
    });
    fc.assert(property, { numRuns: RUNS });
    expect(seen.encoded).toBeGreaterThan(RUNS / 10);
    expect(seen.texts).toBeGreaterThan(RUNS / 10);
  },
  RUNS * 1_000,
);
