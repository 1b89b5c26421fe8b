import { z } from "zod";
import { type MailDefaults, Mailer, mailer } from "../../../src/index.ts";

abstract class ApplicationMailer<P extends object = object> extends Mailer<P> {
  protected override defaults(): MailDefaults {
    return { from: "Shop <shop@example.com>", replyTo: "help@example.com", layout: "application" };
  }
}

class UserActions extends ApplicationMailer<{ locale?: string }> {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: { name, address: email }, subject: `Welcome, ${name}`, locals: { name } });
  }
}

export const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: { sendRegistrationMail: z.tuple([z.email(), z.string().min(1).max(80)]) },
  queue: "mail",
});
