import { Mailer, mailer } from "../../../../src/index.ts";
import { mjml } from "./mjml-renderer.ts";

class OrderActions extends Mailer {
  static override renderer = mjml;

  receipt(email: string, name: string, total: string) {
    return this.mail({ to: email, subject: "Your receipt", locals: { name, total } });
  }
}

export const OrderMailer = mailer(OrderActions, { name: "OrderMailer" });
