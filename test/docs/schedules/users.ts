import { Mailer, mailer } from "../../../src/index.ts";

class UserActions extends Mailer {
  sendDigest(email: string, at: Date) {
    return this.mail({ to: email, subject: `Digest of ${at.toISOString().slice(0, 10)}` });
  }
}

export const UserMailer = mailer(UserActions, { name: "UserMailer" });

/** Stands for a model. */
export const User = {
  find: async ({ digest }: { readonly digest: boolean }) =>
    digest ? [{ email: "ann@example.com" }, { email: "bob@example.com" }] : [],
};
