import { expect, it } from "vitest";
import { Job } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { UserMailer } from "./mailers/user-mailer.ts";

const [email, name] = ["ann@example.com", "Ann"];
const TEMPLATES = {
  "user-mailer/send-registration-mail.text.hbs": "Hello {{name}}",
  "layouts/application.text.hbs": "{{> @partial-block}}, says the shop",
};

it("the mailer in docs/mailers.md answers to every call shape", async () => {
  const { transport } = await startApp(TEMPLATES);
  await UserMailer.sendRegistrationMail(email, name).deliver();
  const job = await UserMailer.with({ locale: "de" }).delay({ in: "2h" }).sendRegistrationMail(email, name);
  expect(job).toMatchObject({ queue: "mail", args: [email, name] });
  expect(transport.sent.map(({ mail }) => [mail.from.name, mail.text])).toEqual([
    ["Shop", "Hello Ann, says the shop"],
  ]);
  await expect(UserMailer.sendRegistrationMail("nobody", name).deliver()).rejects.toThrow(/do not fit/);
});

it("the jobs in docs/mailers.md are found, tried again, put off and taken away", async () => {
  const { app } = await startApp();
  await UserMailer.delay().sendRegistrationMail(email, "Bob");
  await app.worker().workOff();

  const job = await UserMailer.delay().sendRegistrationMail(email, name);
  job.id;
  job.runAt;
  job.args;

  const last = await Job.failed().last(); // Delayed::Job.where("last_error is not null").last
  last?.lastError;
  last?.attempts;
  await last?.retry(); // due now, with all attempts before it
  await last?.remove();
  await job.reschedule(new Date(Date.now() + 3_600_000)); // while it waits
  await job.cancel(); // while it waits, or runs: its worker aborts it within a second
  await Job.failed().where({ queue: "mail" }).retryAll();
  await Job.where({ queue: "old" }).removeAll(); // running ones only with { running: true }
  await Job.where({ handler: "UserMailer", state: "ready" }).count();
  for await (const job of Job.failed()) console.log(job.name, job.lastError);

  expect(last?.args).toEqual([email, "Bob"]);
  expect([last?.attempts, last?.lastError]).toEqual([1, expect.stringContaining("there is neither")]);
  expect(await Job.where({}).count()).toBe(0);
});
