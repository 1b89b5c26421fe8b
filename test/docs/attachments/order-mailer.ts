import { z } from "zod";
import { Mailer, mailer } from "../../../src/index.ts";

class OrderActions extends Mailer {
  sendInvoice(email: string, order: number) {
    return this.mail({
      to: email,
      replyTo: "Orders <orders@example.com>",
      bcc: "archive@example.com",
      subject: `Your order ${order}`,
      locals: { order },
      attachments: [
        { path: `invoices/${order}.pdf`, filename: `Invoice ${order}.pdf` },
        { filename: "items.csv", content: "item,pieces\nTeapot,1\n" },
        { filename: "chart.png", cid: "chart", content: () => chartOf(order) },
      ],
      inReplyTo: `<order-${order}@example.com>`,
      tags: ["invoice"],
      metadata: { order: String(order) },
      autoSubmitted: "auto-generated",
    });
  }

  sendNews(email: string) {
    return this.mail({
      to: email,
      subject: "News",
      list: {
        id: { name: "Our news", id: "news.example.com" },
        unsubscribe: ["https://example.com/unsubscribe/1", "mailto:leave@example.com"],
        oneClick: true,
      },
      headers: { "Feedback-ID": "news:example" },
    });
  }
}

/** Stands for whatever draws it. */
async function chartOf(order: number): Promise<Buffer> {
  return Buffer.from(`chart of ${order}`);
}

export const OrderMailer = mailer(OrderActions, {
  name: "OrderMailer",
  args: { sendInvoice: z.tuple([z.email(), z.int().positive()]), sendNews: z.tuple([z.email()]) },
});
