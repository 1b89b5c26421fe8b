import { mailer } from "delayed-mailer";
import { z } from "zod";
import { ApplicationMailer } from "./application-mailer.js";

class UserActions extends ApplicationMailer {
  /** The subject is templates/user-mailer/send-registration-mail.subject.hbs. */
  sendRegistrationMail(email, name) {
    return this.mail({ to: { name, address: email }, locals: { name } });
  }
}

export const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: { sendRegistrationMail: z.tuple([z.email(), z.string().min(1).max(80)]) },
});
