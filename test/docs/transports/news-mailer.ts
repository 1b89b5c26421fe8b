import { Mailer, mailer } from "../../../src/index.ts";

class NewsActions extends Mailer {
  static override transport = "bulk";

  weekly(email: string) {
    return this.mail({ to: email, subject: "News", template: "news" });
  }

  confirm(email: string) {
    return this.mail({ to: email, subject: "Please confirm", template: "news", transport: "main" });
  }
}

export const NewsMailer = mailer(NewsActions, { name: "NewsMailer" });
