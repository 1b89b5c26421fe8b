import { Mailer, mailer } from "../../../src/index.ts";

interface User {
  readonly email: string;
  readonly locale: string;
  readonly timeZone: string;
}

class UserActions extends Mailer {
  welcome(email: string) {
    return this.mail({ to: email, subject: "Welcome" });
  }

  greet(user: User) {
    return this.mail({ to: user.email, locale: user.locale, timeZone: user.timeZone }); // in an action
  }
}

export const UserMailer = mailer(UserActions, { name: "UserMailer" });
