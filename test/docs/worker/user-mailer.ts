import { z } from "zod";
import { Mailer, mailer } from "../../../src/index.ts";

class UserActions extends Mailer {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: email, subject: `Welcome, ${name}` });
  }
}

export const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: { sendRegistrationMail: z.tuple([z.email(), z.string()]) },
  upcast: { sendRegistrationMail: ([email, name = "you"]) => [email, name] }, // the name is new
});
