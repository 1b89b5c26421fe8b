import { Mailer, mailer } from "../../src/index.ts";

class TracedActions extends Mailer {
  hello(email: string) {
    return this.mail({ to: email, subject: "Hello", text: "Hello" });
  }
  broken(email: string): never {
    throw new Error(`${email} cannot be greeted`);
  }
}

export const TracedMailer = mailer(TracedActions, { name: "TracedMailer" });
