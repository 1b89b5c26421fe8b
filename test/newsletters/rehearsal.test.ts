import { expect, it } from "vitest";
import { z } from "zod";
import { StopMail } from "../../src/errors/errors.ts";
import { Newsletter } from "../../src/jobs/newsletter.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";

const reader = z.object({ email: z.string(), text: z.string().optional() });

class LaunchActions extends Mailer {
  launch(person: z.infer<typeof reader>) {
    if (person.email.startsWith("gone")) throw new StopMail("unsubscribed");
    return this.mail({ to: person.email, subject: "Launch", locals: { text: person.text } });
  }
}
const LaunchMailer = mailer(LaunchActions, { name: "LaunchMailer", args: { launch: z.tuple([reader]) } });

const TEMPLATES = { "launch-mailer/launch.text.hbs": "Hello {{text}}" };
const audience = [
  { email: "ann@x.test", text: "short" },
  { email: "ANN@x.test", text: "again" },
  { email: "bob@x.test", text: "long ".repeat(500) },
  { email: "nameless@x.test" },
  { email: "gone@x.test", text: "x" },
  { email: "no address at all@", text: "x" },
  { email: 7 as unknown as string, text: "x" },
];

it("makes every mail, sends none, spends no key, and tells who would get it, and who would not and why", async () => {
  const { app, transport } = await startApp(TEMPLATES);
  const rehearsed = await LaunchMailer.broadcast(audience, { key: "launch", rehearse: true }).launch();
  expect(transport.sent).toEqual([]);
  expect(rehearsed.key).toMatch(/^launch \(rehearsal \w{8}\)$/);
  expect(await rehearsed.progress()).toMatchObject({
    state: "finished",
    rehearsed: 2,
    duplicates: 1,
    sent: 0,
  });
  const report = (await rehearsed.rehearsal())!;
  expect(report.wouldGet).toBe(2);
  expect(report.largest?.recipient).toBe("bob@x.test");
  expect(report.largest?.bytes).toBeGreaterThan(2_500);
  expect(report.slowest?.ms).toBeGreaterThanOrEqual(report.meanMs ?? Number.POSITIVE_INFINITY);
  const told = report.wouldNot
    .map(({ outcome, reason, count }) => `${count} ${outcome}: ${reason}`)
    .join("\n");
  expect(told).toMatch(/^1 failed: .*"text" is undefined/m);
  expect(told).toMatch(/^1 stopped: unsubscribed/m);
  expect(told.match(/^1 refused: /gm)).toHaveLength(2);
  expect(report.others).toBe(0);

  const real = await LaunchMailer.broadcast(audience.slice(0, 1), { key: "launch" }).launch();
  expect(await real.rehearsal()).toBeUndefined();
  await app.worker().workOff();
  expect(transport.sent).toHaveLength(1);
  expect(await (await Newsletter.find("launch"))?.progress()).toMatchObject({ sent: 1 });
});

it("need not wait for the time of the newsletter", async () => {
  const { transport } = await startApp(TEMPLATES);
  const options = { rehearse: true, at: "2099-01-01T09:00", chunkSize: 1 };
  const rehearsed = await LaunchMailer.broadcast(audience.slice(0, 3), options).launch();
  expect((await rehearsed.rehearsal())?.wouldGet).toBe(2);
  expect(transport.sent).toEqual([]);
});

it("tells a hundred reasons, and counts the others", async () => {
  await startApp(TEMPLATES);
  const rows = Array.from({ length: 103 }, (_, index) => ({ email: `not an address ${index}` }));
  const rehearsed = await LaunchMailer.broadcast(rows, {
    rehearse: true,
    identify: ({ email }) => email,
  }).launch();
  const report = (await rehearsed.rehearsal())!;
  const told = report.wouldNot.reduce((sum, { count }) => sum + count, 0);
  expect(report.wouldGet).toBe(0);
  expect(told + report.others).toBe(103);
});
