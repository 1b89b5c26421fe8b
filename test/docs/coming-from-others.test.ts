import { expect, it } from "vitest";
import { Job, Mailer, mailer, schedule } from "../../src/index.ts";
import { schedules } from "../../src/schedules/schedule.ts";
import { startApp } from "../support/app.ts";
import { blockWith } from "../support/docs.ts";

class UserActions extends Mailer {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: email, subject: `Welcome, ${name}`, text: "Hello" });
  }
}
const UserMailer = mailer(UserActions, { name: "UserMailer" });
const user = { id: 7, email: "ann@example.com", name: "Ann" };

it("a mail by hand is what docs/coming-from-others.md shows", async () => {
  const { app, transport } = await startApp();
  await UserMailer.sendRegistrationMail(user.email, user.name).deliver(); // now, as before
  await UserMailer.delay().sendRegistrationMail(user.email, user.name); // by a worker, tried again until it is taken
  expect(transport.sent).toHaveLength(1);
  await app.worker().workOff();
  expect(transport.sent).toHaveLength(2);
  expect(blockWith("docs/coming-from-others.md", "transporter.sendMail")).toContain("subject: ");
});

it("a job of BullMQ's is what docs/coming-from-others.md shows", async () => {
  await startApp();
  await UserMailer.delay({ in: "2h", maxAttempts: 5, uniqueKey: `welcome-${user.id}` }).sendRegistrationMail(
    user.email,
    user.name,
  );
  expect((await Job.all().first())?.record).toMatchObject({ maxAttempts: 5, uniqueKey: "welcome-7" });
  expect(blockWith("docs/coming-from-others.md", "mailQueue.add")).toContain("attempts: 5");
});

it("a job of Agenda's is what docs/coming-from-others.md shows", async () => {
  await startApp();
  await UserMailer.delay({ in: "2h" }).sendRegistrationMail(user.email, user.name);
  schedule("digest", "0 9 * * 1", () => UserMailer.sendRegistrationMail(user.email, user.name));
  expect(schedules().map(({ name, cron }) => [name, cron])).toContainEqual(["digest", "0 9 * * 1"]);
  expect(blockWith("docs/coming-from-others.md", "agenda.define")).toContain("0 9 * * 1");
});
