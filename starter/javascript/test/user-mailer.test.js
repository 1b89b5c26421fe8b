import { afterEach, beforeEach, it } from "node:test";
import { assertQueued, assertSent, fakeMailer, performQueued } from "delayed-mailer/testing";
import { UserMailer } from "../mailers/user-mailer.js";

let mails;
beforeEach(async () => {
  mails = await fakeMailer();
});
afterEach(() => mails.close());

it("welcomes a new user", async () => {
  await UserMailer.sendRegistrationMail("ada@example.com", "Ada").deliver();

  assertSent(UserMailer, "sendRegistrationMail", ["ada@example.com", "Ada"], { subject: "Welcome, Ada" });
});

it("welcomes a new user later, by a worker", async () => {
  await UserMailer.delay().sendRegistrationMail("ada@example.com", "Ada");
  assertQueued(UserMailer, "sendRegistrationMail", ["ada@example.com", "Ada"]);

  await performQueued();
  assertSent(UserMailer, "sendRegistrationMail", ["ada@example.com", "Ada"], { html: "Welcome, Ada" });
});
