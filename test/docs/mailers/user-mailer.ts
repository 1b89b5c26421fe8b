import { z } from "zod";
import { Mailer, mailer } from "../../../src/index.ts";

abstract class ApplicationMailer<P extends object = object> extends Mailer<P> {}

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
