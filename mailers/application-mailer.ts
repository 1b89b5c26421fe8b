import { type MailDefaults, Mailer } from "../src/index.ts";

/** What all mailers of this application share. Params given by `.with({ ... })` are in `this.params`. */
export abstract class ApplicationMailer<P extends object = object> extends Mailer<P> {
  protected override defaults(): MailDefaults {
    return {
      from: process.env.MAIL_FROM ?? "Harbour <hello@example.com>",
      layout: "application",
      baseUrl: process.env.DELAYED_MAILER_BASE_URL ?? "https://example.com",
    };
  }
}
