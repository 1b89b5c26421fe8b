import {
  DeliveryError,
  type MailCallbacks,
  Mailer,
  mailer,
  rescueFrom,
  StopMail,
} from "../../../src/index.ts";

export const spans: string[] = [];
export const refused: string[] = [];

export class UserGone extends Error {}

abstract class ApplicationMailer extends Mailer {
  static override callbacks: MailCallbacks = {
    beforeRender: ({ spec }) => ({ locals: { ...spec.locals, company: "Harbour" } }),
    aroundDeliver: async ({ mailer, action }, next) => {
      await next();
      spans.push(`${mailer}.${action}`);
    },
  };

  static override rescues = [
    rescueFrom(DeliveryError, (error) => {
      refused.push(error.outcome.class);
      throw error;
    }),
  ];
}

class UserActions extends ApplicationMailer {
  static override callbacks: MailCallbacks = {
    beforeDeliver: ({ mail, args }) => {
      if (args[0] === "quiet@example.com") throw new StopMail("asked us not to write");
      return { headers: { "X-Campaign": "welcome" }, subject: `${mail.subject} aboard` };
    },
  };

  static override rescues = [
    rescueFrom(UserGone, () => {
      throw new StopMail("the user is gone");
    }),
  ];

  welcome(email: string) {
    if (email === "gone@example.com") throw new UserGone();
    return this.mail({ to: email, subject: "Welcome", template: "welcome" });
  }
}

export const UserMailer = mailer(UserActions, { name: "UserMailer" });
