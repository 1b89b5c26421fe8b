import { expect, it } from "vitest";
import { Job, Mailer, mailer } from "../../src/index.ts";
import { startApp } from "../support/app.ts";

class UserActions extends Mailer {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: email, subject: `Welcome, ${name}` });
  }
}
const UserMailer = mailer(UserActions, { name: "UserMailer" });

it("the calls in docs/coming-from-delayed-job.md are stored", async () => {
  await startApp();
  const [email, name] = ["ann@example.com", "Ann"];
  await UserMailer.delay().sendRegistrationMail(email, name); // here
  await UserMailer.delay({ queue: "mail", priority: 10, in: "2h" }).sendRegistrationMail(email, name);
  const [first, second] = await Job.where({ handler: "UserMailer" }).list();
  expect([first?.queue, first?.priority]).toEqual(["default", 0]);
  expect([second?.queue, second?.priority]).toEqual(["mail", 10]);
});
