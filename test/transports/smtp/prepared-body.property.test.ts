import fc from "fast-check";
import { simpleParser } from "mailparser";
import { expect, it } from "vitest";
import type { RenderedMail } from "../../../src/mail/mail.ts";
import { encodedTextsOf } from "../../../src/mail/quoted-printable.ts";
import { compose } from "../../../src/mime/compose.ts";
import { ONE_LINE } from "../../corpus/hostile-values.ts";
import { setupTemplates } from "../../support/templates.ts";

const HTML =
  '<style>p { color: red }</style><h1>Gruß, {{value}}</h1>\n<p title="{{value}}">{{#each list}}{{this}}, {{/each}}</p>\n';
const TEXT =
  "A text that is mostly ASCII: Gruß, {{value}}\n.{{value}}\n{{#if list}}{{value}}{{value}}{{/if}}";

const FILES = {
  "m/both.html.hbs": HTML,
  "m/both.text.hbs": TEXT,
  "m/html.html.hbs": HTML,
  "m/text.text.hbs": TEXT,
};

const value = fc.oneof(
  fc.constantFrom(...ONE_LINE),
  fc.constantFrom("", " ", "a\nb", "\n", "x ", ".", "..", "=", "=3D", "a".repeat(300), "é".repeat(100)),
  fc.string({ unit: "grapheme", maxLength: 100 }),
);
const given = fc.record({
  template: fc.constantFrom("m/both", "m/html", "m/text"),
  locals: fc.record({ value, list: fc.array(value, { maxLength: 4 }) }),
  subject: fc.constantFrom("Hello", "Grüße 👋"),
});

/** The same mail, of which nobody knows how its texts are written. */
const bare = (mail: RenderedMail): RenderedMail => ({ ...mail });

/** What only says how the body is written. */
const OF_THE_BODY = ["content-type", "content-transfer-encoding"];

async function read(bytes: Buffer) {
  const { headers, html, text } = await simpleParser(bytes, { skipTextToHtml: true, skipHtmlToText: true });
  const named = [...headers].filter(([name]) => !OF_THE_BODY.includes(name));
  // In the general way it depends on the encoding whether the last line of a text by itself is ended.
  return { headers: named, html, text: text?.replace(/\n$/, "") };
}

it("gives every reader the mail that the general way gives", async () => {
  const { render } = await setupTemplates(FILES);
  const seen = { prepared: 0, general: 0 };
  const property = fc.asyncProperty(given, async ({ template, locals, subject }) => {
    const mail = await render({ to: "ann@example.com", subject, template, locals });
    seen[encodedTextsOf(mail) ? "prepared" : "general"]++;
    const prepared = await compose(mail);
    const general = await compose(bare(mail));
    expect(await read(prepared)).toEqual(await read(general));
    expect(headOf(prepared)).toBe(headOf(general));
    for (const line of prepared.toString("latin1").split("\r\n")) expect(line).toMatch(/^[ -~]{0,76}$/);
    // A second copy can be told.
    expect(await compose(mail)).toEqual(prepared);
  });
  await fc.assert(property, { numRuns: RUNS });
  expect(seen.prepared).toBeGreaterThan(seen.general);
}, 60_000);

/** The headers up to those of the body. */
function headOf(bytes: Buffer): string {
  return bytes.toString("latin1").split(/^(?:MIME-Version|Content-Transfer-Encoding):/m)[0] ?? "";
}

/** A long hunt sets it higher. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);
