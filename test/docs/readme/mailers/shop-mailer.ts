import { z } from "zod";
import { mailer } from "../../../../src/index.ts";
import { ApplicationMailer } from "./application-mailer.ts";

class ShopActions extends ApplicationMailer {
  async confirm(email: string, orderNumber: number) {
    return this.mail({ to: email, subject: `Order ${orderNumber}`, locals: { orderNumber } });
  }
}

export const ShopMailer = mailer(ShopActions, {
  name: "ShopMailer",
  args: { confirm: z.tuple([z.email(), z.int().positive()]) },
});
