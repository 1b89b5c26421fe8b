import { expect, it } from "vitest";
import { scheduleNamed } from "../../src/schedules/schedule.ts";
import { TickPerformer } from "../../src/schedules/tick-performer.ts";
import { startApp } from "../support/app.ts";
import "./schedules/schedules.ts";

it("the schedule in docs/schedules.md mails everybody every Monday morning in Berlin", async () => {
  const { app, transport } = await startApp({ "user-mailer/send-digest.text.hbs": "News" });
  const { times } = scheduleNamed("digest") ?? {};
  const at = times?.next(new Date("2026-03-25T00:00:00Z"));
  expect(at?.toISOString()).toBe("2026-03-30T07:00:00.000Z");
  const performer = new TickPerformer({ post: (requests) => app.post(requests) });
  const call = { handler: performer.name, action: "digest", args: [at], params: {}, meta: {} };
  await performer.perform(call, { signal: new AbortController().signal } as never);
  await app.worker().workOff();
  expect(transport.sent.map(({ mail, recipients }) => [mail.subject, recipients[0]]).sort()).toEqual([
    ["Digest of 2026-03-30", "ann@example.com"],
    ["Digest of 2026-03-30", "bob@example.com"],
  ]);
});
