import { expect, it } from "vitest";
import { type JobHooks, Mailer, mailer, type Settings } from "../../src/index.ts";
import { startApp } from "../support/app.ts";

const told: string[] = [];
let night = false;
const isNight = () => night;
const tomorrowAt = (hour: number) => new Date(Date.now() + 24 * 3_600_000 + hour);
const metrics = {
  begin: (id: string) => void told.push(`begin ${id.length}`),
  count: (what: string, name: string) => void told.push(`${what} ${name}`),
  end: (id: string) => void told.push(`end ${id.length}`),
};
const support = { tell: (text: string) => void told.push(text.split(":", 2).join(":")) };

abstract class ApplicationMailer extends Mailer {}

class UserActions extends ApplicationMailer {
  static override hooks: JobHooks = {
    enqueue: () => (isNight() ? { runAt: tomorrowAt(8) } : undefined),
    before: (job) => metrics.begin(job.id),
    success: (job) => metrics.count("sent", job.name),
    error: (job) => metrics.count("error", job.name),
    after: (job) => metrics.end(job.id),
    failure: (job, error) => support.tell(`${job.name} was given up: ${error}`),
  };
}

class HookedActions extends UserActions {
  welcome(email: string) {
    return this.mail({ to: email, subject: "Welcome" });
  }

  lost(email: string) {
    return this.mail({ to: email, subject: "Lost" });
  }
}
const UserMailer = mailer(HookedActions, { name: "UserMailer" });

it("the hooks in docs/hooks.md run at their stations", async () => {
  const { app } = await startApp({ "user-mailer/welcome.text.hbs": "Hello" });
  await UserMailer.delay().welcome("ann@example.com");
  await app.worker().workOff();
  await UserMailer.delay().lost("ann@example.com");
  await app.worker().workOff();
  expect(told).toEqual([
    ...["begin 24", "sent UserMailer.welcome", "end 24"],
    ...["begin 24", "error UserMailer.lost", "end 24"],
    expect.stringMatching(/^UserMailer\.lost was given up: TemplateError/),
  ]);
  night = true;
  const job = await UserMailer.delay().welcome("ann@example.com");
  expect(job.runAt.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
});

it("the plugin in docs/hooks.md stands around the work", async () => {
  const [spans, raised]: [string[], string[]] = [[], []];
  const tracer = {
    span: async (name: string, run: () => Promise<unknown>) => {
      spans.push(name);
      await run();
    },
  };
  const alarms = { raise: (id: string, reason: string) => void raised.push(`${id.length} ${reason}`) };
  const given: Settings[] = [];
  const configure = (settings: Settings) => given.push(settings);
  configure({
    plugins: [
      (lifecycle, events) => {
        lifecycle.around("perform", async ({ job }, next) => tracer.span(job.action, next));
        events.on("job.failed", ({ job, reason }) => alarms.raise(job.id, reason));
      },
    ],
  });
  const { app } = await startApp({}, given[0]);
  night = false;
  await UserMailer.delay().lost("ann@example.com");
  await app.worker().workOff();
  expect([spans, raised]).toEqual([["lost"], ["24 template"]]);
});
