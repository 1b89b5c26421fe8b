import { expect, it } from "vitest";
import { parseWorkerFlags, processPlans } from "../../src/cli/worker/worker-flags.ts";
import { openApp } from "../../src/index.ts";
import { startApp } from "../support/app.ts";
import { blockWith, commandsIn } from "../support/docs.ts";
import { eventually } from "../support/eventually.ts";
import { UserMailer } from "./worker/user-mailer.ts";

const TEMPLATES = { "user-mailer/send-registration-mail.text.hbs": "Hello" };

it("the mailer in docs/worker.md performs calls that were stored with other parameters", async () => {
  const { app, transport } = await startApp(TEMPLATES);
  const { newJob } = await import("../../src/queue/enqueue/new-job.ts");
  const call = {
    handler: "UserMailer",
    action: "sendRegistrationMail",
    args: ["ann@example.com"],
    params: {},
    meta: {},
  };
  const defaults = { queue: "default", priority: 0, maxAttempts: 25 };
  await app.store.insert([newJob(call, { delay: { runAt: undefined }, settings: {}, defaults })]);
  await app.worker().workOff();
  expect(transport.sent.map(({ mail }) => mail.subject)).toEqual(["Welcome, you"]);
});

it("the worker in docs/worker.md runs in a process of one's own", async () => {
  const { transport } = await startApp(TEMPLATES);
  await UserMailer.delay().sendRegistrationMail("ann@example.com", "Ann");
  await UserMailer.delay({ queue: "mail" }).sendRegistrationMail("ann@example.com", "Bob");
  const { id } = await UserMailer.delay({ in: "2h" }).sendRegistrationMail("ann@example.com", "Cid");
  const app = await openApp();
  const worker = app.worker({ queues: ["mail"], concurrency: 5 });
  const running = worker.run(); // until worker.stop()
  await app.worker().workOff(100); // or: a finite unit of work, for tests and cron
  await app.worker().perform(id); // or: one stored job, whether it waits or failed
  await eventually("all mails are sent", () => transport.sent.length === 3);
  await worker.stop();
  await running;
});

it("the command lines in docs/worker.md start the processes they say", () => {
  const lines = commandsIn(blockWith("docs/worker.md", "--processes 4")).map((words) => words.slice(4));
  const plans = lines.map((flags) => processPlans(parseWorkerFlags(flags)));
  expect(plans.map((processes) => processes.map(({ queues }) => queues?.join() || "all"))).toEqual([
    ["all", "all", "all", "all"],
    [...Array.from({ length: 4 }, () => "mail,newsletters"), "all", "all"],
  ]);
});
