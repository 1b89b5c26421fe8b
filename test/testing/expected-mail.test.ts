import { describe, expect, it } from "vitest";
import { differencesOfMail, type ExpectedMail } from "../../src/testing/expected/expected-mail.ts";
import { aMail } from "../support/mails.ts";

const box = (address: string, name = "") => ({ name, address });

const MAIL = aMail({
  to: [box("ann@example.com", "Ann"), box("Bob.Lee@xn--exmple-cua.com")],
  cc: [box("cy@example.com", "Lee, Cy")],
  subject: "Your order 42",
  text: "Hello Ann,\n\nyour order 42 is\non its way.\n",
  html: '<p title="a &amp; b">O&#x27;Brien &amp; Co &#8211; your\n  order&nbsp;42</p>',
  headers: { "X-Campaign": "spring", "List-Id": "<weekly.example.com>" },
  tags: ["order", "spring"],
  metadata: { orderId: "42" },
  attachments: [
    { filename: "terms.pdf", contentType: "application/pdf", content: Uint8Array.of(1, 2, 3) },
    { filename: "order.csv", content: Buffer.from("order\n42\n"), cid: "csv" },
  ],
  calendar: { method: "REQUEST", content: "BEGIN:VCALENDAR\nMETHOD:REQUEST" },
  locale: "de-AT",
  transport: "bulk",
});

const TRUE: readonly ExpectedMail[] = [
  {},
  { to: "ann@example.com" },
  { to: "Ann <ann@example.com>" },
  { to: { name: "Ann", address: "ann@example.com" } },
  { to: ["Bob.Lee@exämple.com", /^Ann </] },
  { cc: '"Lee, Cy" <cy@example.com>' },
  { from: /^Sender </ },
  { subject: "Your order 42" },
  { subject: /order \d+/g },
  { subject: expect.stringContaining("order") },
  { text: "your order 42 is on its way" },
  { text: ["Hello Ann", /42 is\non/, "  order\t42 "] },
  { html: "O'Brien & Co – your order 42" },
  { html: ["O&#x27;Brien", 'title="a &amp; b"', "<p"] },
  { headers: { "x-campaign": "spring", "LIST-ID": /weekly/ } },
  { tags: "order" },
  { tags: ["spring", "order"] },
  { metadata: { orderId: "42" } },
  { attachments: "terms.pdf" },
  { attachments: [/csv$/, { filename: "terms.pdf", contentType: /pdf/, content: Uint8Array.of(1, 2, 3) }] },
  { attachments: { content: "order\n42\n", cid: "csv" } },
  { calendar: "METHOD:REQUEST" },
  { locale: "de-AT", transport: "bulk" },
];

const FALSE: readonly (readonly [ExpectedMail, string])[] = [
  [
    { to: "Anne <ann@example.com>" },
    "to: Anne <ann@example.com> is missing; there is Ann <ann@example.com>, Bob.Lee@xn--exmple-cua.com",
  ],
  [
    { to: "bob.lee@exämple.com" },
    "to: bob.lee@exämple.com is missing; there is Ann <ann@example.com>, Bob.Lee@xn--exmple-cua.com",
  ],
  [{ cc: "ann@example.com" }, 'cc: ann@example.com is missing; there is "Lee, Cy" <cy@example.com>'],
  [{ bcc: "ann@example.com" }, "bcc: ann@example.com is missing; there is none"],
  [{ subject: "your order 42" }, 'subject: "Your order 42" instead of "your order 42"'],
  [{ subject: /order$/ }, 'subject: "Your order 42" does not fit /order$/'],
  [{ text: "your order 43" }, 'text: does not contain "your order 43"; the nearest is "your order 42"'],
  [
    { text: "Goodbye" },
    'text: does not contain "Goodbye"; it begins "Hello Ann, your order 42 is on its way."',
  ],
  [{ text: /Bye/ }, 'text: does not fit /Bye/; it is "Hello Ann, your order 42 is on its way."'],
  [{ html: "O'Brien & Sons" }, `html: does not contain "O'Brien & Sons"; the nearest is "O'Brien & Co –"`],
  [{ headers: { "X-Campaign": "autumn" } }, 'header X-Campaign: "spring" instead of "autumn"'],
  [{ headers: { "X-Other": /./ } }, "header X-Other: is missing; there is X-Campaign, List-Id"],
  [{ tags: ["order", "summer"] }, 'tags: "summer" is missing; there is "order", "spring"'],
  [{ metadata: { orderId: "43" } }, 'metadata orderId: "42" instead of "43"'],
  [{ attachments: "logo.png" }, 'attachments: "logo.png" is missing; there is "terms.pdf", "order.csv"'],
  [
    { attachments: { filename: "order.csv", content: "x" } },
    'attachment "order.csv": content: "order\\n42\\n" instead of "x"',
  ],
  [{ calendar: "CANCEL" }, 'calendar: does not contain "CANCEL"; it begins "BEGIN:VCALENDAR METHOD:REQUEST"'],
  [{ locale: "de" }, 'locale: "de-AT" instead of "de"'],
  [{ subject: 42 as never }, 'subject: "Your order 42" does not fit 42'],
  [{ transport: "main" }, 'transport: "bulk" instead of "main"'],
];

describe("what is expected of a mail", () => {
  it.each(TRUE.map((expected) => [expected]))("fits: %j", (expected) => {
    expect(differencesOfMail(expected, MAIL)).toEqual([]);
  });

  it.each(FALSE)("does not fit: %j", (expected, difference) => {
    expect(differencesOfMail(expected, MAIL)).toEqual([difference]);
  });

  it("says of a mail without that part that it has none", () => {
    const { html: _, ...textOnly } = aMail({ attachments: [] });
    expect(
      differencesOfMail({ html: "x", calendar: "x", tags: "x", attachments: "x", transport: "x" }, textOnly),
    ).toEqual([
      "html: the mail has none",
      'tags: "x" is missing; there is none',
      'attachments: "x" is missing; there is no file',
      "calendar: the mail has none",
      'transport: undefined instead of "x"',
    ]);
  });

  it("is found in a long text by its beginning, however often that is there", () => {
    const text = `${"Your order 1 is here. ".repeat(5_000)}Your order 17 is on its way.`;
    expect(differencesOfMail({ text: "Your order 17 is lost" }, aMail({ text }))).toEqual([
      'text: does not contain "Your order 17 is lost"; the nearest is "Your order 17 is on it"',
    ]);
  });
});
