import { z } from "zod";
import { mailer } from "../src/index.ts";
import { ApplicationMailer } from "./application-mailer.ts";

/** From where a new password was asked for. */
const asked = z.object({ at: z.date(), device: z.string(), place: z.string() });

const name = z.string().min(1).max(80);

class UserActions extends ApplicationMailer {
  /** The subject is a template too, so that it can be in several languages. */
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: { name, address: email }, locals: { name } });
  }

  /** The subject is a text of templates/locales/, so that it is in the recipient's language. */
  sendPasswordReset(email: string, name: string, link: string, until: Date, where: z.infer<typeof asked>) {
    return this.mail({ to: { name, address: email }, locals: { name, link, until, asked: where } });
  }
}

export const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: {
    sendRegistrationMail: z.tuple([z.email(), name]),
    sendPasswordReset: z.tuple([z.email(), name, z.url(), z.date(), asked]),
  },
});
