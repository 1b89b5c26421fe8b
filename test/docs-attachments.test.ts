import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { MailerFacade, Message } from "../src/index.ts";
import { startApp } from "./support/app.ts";
import { importExample } from "./support/docs.ts";

const PAGE = "docs/attachments.md";

interface Example {
  readonly OrderMailer: MailerFacade<never> & {
    sendInvoice(email: string, order: number): Message;
    sendNews(email: string): Message;
  };
}
const { OrderMailer } = await importExample<Example>(PAGE, "mailers/order-mailer.ts");

it("the mailer in docs/attachments.md sends what the page says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "docs-attachments-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "invoices"));
  writeFileSync(join(folder, "invoices", "7.pdf"), "%PDF");
  const [, template = ""] =
    /send-invoice\.html\.hbs`\n\n```handlebars\n([\s\S]*?)```/.exec(readFileSync(PAGE, "utf8")) ?? [];
  const { transport } = await startApp(
    {
      "order-mailer/send-invoice.html.hbs": template,
      "order-mailer/send-news.text.hbs": "News",
      "images/logo.png": "png",
    },
    { attachmentFolders: [folder] },
  );

  await OrderMailer.sendInvoice("ann@example.com", 7).deliver();
  await OrderMailer.sendNews("ann@example.com").deliver();

  const [invoice, news] = transport.sent.map(({ mail }) => mail);
  expect(invoice?.attachments?.map(({ filename, cid }) => [filename, cid !== undefined])).toEqual([
    ["Invoice 7.pdf", false],
    ["items.csv", false],
    ["chart.png", true],
    ["logo.png", true],
  ]);
  expect(invoice?.html).toContain('src="cid:chart"');
  expect(invoice).toMatchObject({ tags: ["invoice"], metadata: { order: "7" } });
  expect(invoice?.headers).toEqual({
    "In-Reply-To": "<order-7@example.com>",
    References: "<order-7@example.com>",
    "X-Tag": "invoice",
    "X-Metadata-order": "7",
    "Auto-Submitted": "auto-generated",
  });
  expect(news?.headers).toEqual({
    "List-Id": "Our news <news.example.com>",
    "List-Unsubscribe": "<https://example.com/unsubscribe/1>, <mailto:leave@example.com>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "Feedback-ID": "news:example",
  });
});
