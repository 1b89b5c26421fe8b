import fc from "fast-check";
import MailComposer from "nodemailer/lib/mail-composer";
import { expect, it } from "vitest";
import { textsAsBytes } from "../../src/mime/mime-body.ts";

const words = fc.constantFrom(
  ...'word|a longer word|=|=3D|.|..|From here|é|ü ß|мама мыла раму|漢字|👋🏽|\u2028|\0|\x7f|\ufeff|\ud800| |  |\t|\n|\r\n|\r|\n\n|--|----_NmP-x-Part_1--|<p class="x">|</p>|https://x.test/?a=1&b=2'.split(
    "|",
  ),
);
const text = fc.oneof(
  { weight: 6, arbitrary: fc.array(words, { maxLength: 60 }).map((list) => list.join(" ")) },
  { weight: 3, arbitrary: fc.array(words, { maxLength: 60 }).map((list) => list.join("")) },
  { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(words, fc.nat(70_000)).map(([word, length]) => word.repeat(length / word.length)),
  },
);

const mail = fc.record({
  text,
  html: fc.option(text, { nil: undefined }),
  calendar: fc.option(text, { nil: undefined }),
});

it("writes the very bytes that nodemailer's streams would", async () => {
  let written = 0;
  const property = fc.asyncProperty(mail, async ({ text, html, calendar }) => {
    const message = () =>
      new MailComposer({
        ...{ messageId: "<1@x.test>", date: new Date(0), baseBoundary: "x", newline: "windows", text },
        ...(html !== undefined && { html }),
        ...(calendar !== undefined && {
          alternatives: [{ contentType: "text/calendar", content: calendar }],
        }),
      }).compile();
    const bytes = textsAsBytes(message());
    if (bytes === undefined) return;
    written += 1;
    expect(bytes.toString("latin1")).toBe((await message().build()).toString("latin1"));
  });
  await fc.assert(property, { numRuns: RUNS });
  expect(written).toBeGreaterThan(RUNS / 2);
});

/** A long hunt sets it higher. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 300);
