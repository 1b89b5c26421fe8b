import { expect, it } from "vitest";
import { readableHeaders } from "../../src/previews/readable-headers.ts";
import { visibleHtml } from "../../src/previews/visible-html.ts";
import { aMail } from "../support/mails.ts";

const PNG = "data:image/png;base64,cG5n";
const logo = { filename: "logo.png", cid: "logo@x", content: Buffer.from("png") };

it.each([
  ['<img src="cid:logo@x">', `<img src="${PNG}">`],
  ["<td background='cid:logo%40x'>", `<td background='${PNG}'>`],
  ["<img src=cid:logo@x>", `<img src=${PNG}>`],
  ['<p style="background: url(cid:logo@x)">', `<p style="background: url(${PNG})">`],
  [
    '<img src="cid:gone"><a href="CID:logo@x">cid:logo@x</a>',
    `<img src="cid:gone"><a href="${PNG}">cid:logo@x</a>`,
  ],
  ['<img src="cid:%E0%A4%A">', '<img src="cid:%E0%A4%A">'],
])("shows the images of a mail in %s", (html, visible) => {
  expect(visibleHtml(aMail({ html, attachments: [logo] }))).toBe(visible);
});

it("lets nothing out of an attribute through the type of an image", () => {
  const attachments = [{ ...logo, contentType: 'image/png; name="> <script>"' }];
  expect(visibleHtml(aMail({ html: '<img src="cid:logo@x">', attachments }))).toBe(`<img src="${PNG}">`);
});

it("has no html for a mail of text alone", () => {
  const { html: _, ...text } = aMail();
  expect(visibleHtml(text)).toBeUndefined();
});

it("reads headers as people do", () => {
  const box = (address: string, name = "") => ({ address, name });
  const mail = aMail({
    to: [box("ann@x.test", 'Änn, "A"'), box("bob@x.test")],
    cc: [box("carl@x.test")],
    bcc: [box("dora@x.test")],
    replyTo: [box("help@x.test", "Help")],
    subject: "Grüße 👋",
    headers: { "List-Id": "<news.x.test>" },
  });
  expect(readableHeaders(mail)).toEqual({
    From: "Sender <sender@example.com>",
    To: 'Änn, "A" <ann@x.test>, bob@x.test',
    Cc: "carl@x.test",
    "Bcc (envelope only)": "dora@x.test",
    "Reply-To": "Help <help@x.test>",
    Subject: "Grüße 👋",
    Date: "Fri, 02 Jan 2026 03:04:05 GMT",
    "Message-ID": "<fixed@example.com>",
    "List-Id": "<news.x.test>",
  });
});
