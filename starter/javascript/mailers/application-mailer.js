import { Mailer } from "delayed-mailer";

/** What all mailers of this application share. */
export class ApplicationMailer extends Mailer {
  defaults() {
    return {
      from: process.env.MAIL_FROM ?? "__NAME__ <hello@example.com>",
      layout: "application",
      baseUrl: process.env.DELAYED_MAILER_BASE_URL ?? "https://example.com",
    };
  }
}
