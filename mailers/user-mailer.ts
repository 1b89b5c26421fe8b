import { z } from "zod";
import { mailer } from "../src/index.ts";
import { ApplicationMailer } from "./application-mailer.ts";

class UserActions extends ApplicationMailer {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: { name, address: email }, subject: `Welcome, ${name}`, locals: { name } });
  }
}

export const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: { sendRegistrationMail: z.tuple([z.email(), z.string().min(1).max(80)]) },
});
