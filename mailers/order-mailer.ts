import { z } from "zod";
import { mailer } from "../src/index.ts";
import { ApplicationMailer } from "./application-mailer.ts";

/** Amounts are in the currency's smallest unit: 1999 is 19.99 EUR. */
const order = z.object({
  number: z.string(),
  paidAt: z.date(),
  method: z.string(),
  currency: z.string().length(3),
  taxRate: z.number(),
  items: z.array(z.object({ name: z.string(), quantity: z.int().positive(), price: z.int() })).min(1),
  address: z.array(z.string()),
});

type Order = z.infer<typeof order>;

class OrderActions extends ApplicationMailer {
  /** The subject is a text of templates/locales/, so that it is in the recipient's language. */
  sendReceipt(email: string, name: string, { currency: code, ...paid }: Order) {
    const items = paid.items.map((item) => ({ ...item, amount: item.price * item.quantity }));
    const total = items.reduce((sum, { amount }) => sum + amount, 0);
    const net = Math.round(total / (1 + paid.taxRate));
    return this.mail({
      to: { name, address: email },
      locals: { ...paid, name, code, items, net, tax: total - net, total },
    });
  }
}

export const OrderMailer = mailer(OrderActions, {
  name: "OrderMailer",
  args: { sendReceipt: z.tuple([z.email(), z.string().min(1).max(80), order]) },
});
