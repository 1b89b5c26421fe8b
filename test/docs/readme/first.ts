import { z } from "zod";
import { ApplicationMailer } from "../../../mailers/application-mailer.ts";
import { NewsMailer } from "../../../mailers/news-mailer.ts";
import { mailer } from "../../../src/index.ts";

const [email, name, id] = ["ann@example.com", "Ann", 7];
const subscribers = [{ email, name }];

class UserActions extends ApplicationMailer {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: { name, address: email }, subject: `Welcome, ${name}`, locals: { name } });
  }
}
export const UserMailer = mailer(UserActions, {
  name: "UserMailer",
  args: { sendRegistrationMail: z.tuple([z.email(), z.string().min(1).max(80)]) },
});

// anywhere in the application
await UserMailer.sendRegistrationMail(email, name).deliver(); // now
await UserMailer.delay().sendRegistrationMail(email, name); // by a worker
await UserMailer.delay({ in: "2h", uniqueKey: `welcome:${id}` }).sendRegistrationMail(email, name);
await NewsMailer.broadcast(subscribers, { key: "weekly-42" }).weekly(42); // to everybody
