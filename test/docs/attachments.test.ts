import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { startApp } from "../support/app.ts";
import { blockWith, commandsIn, filesOf } from "../support/docs.ts";
import { OrderMailer } from "./attachments/order-mailer.ts";

const PAGE = "docs/attachments.md";

it("the mailer in docs/attachments.md sends what the page says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "docs-attachments-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "invoices"));
  writeFileSync(join(folder, "invoices", "7.pdf"), "%PDF");
  const { transport } = await startApp(
    {
      "order-mailer/send-invoice.html.hbs":
        filesOf(PAGE)["templates/order-mailer/send-invoice.html.hbs"] ?? "",
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

it("the environment in docs/attachments.md signs mails", () => {
  const folder = mkdtempSync(join(tmpdir(), "docs-dkim-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pem = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  });
  writeFileSync(join(folder, "dkim.pem"), pem);
  const lines = commandsIn(blockWith(PAGE, "DKIM_SELECTOR=")).flat();
  const env = Object.fromEntries(lines.map((line) => line.replace("/run/secrets", folder).split("=")));
  const { dkim } = resolveConfig({}, env as NodeJS.ProcessEnv);
  expect(dkim).toMatchObject({ selector: "mail2026", domain: "example.com" });
});
