import { expect, it, vi } from "vitest";
import type { OnUnknownOutcome, UnknownMail } from "../../src/delivery/verdict.ts";
import { RetryLater } from "../../src/errors/errors.ts";
import { Job } from "../../src/index.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";

class AskActions extends Mailer {
  hello(to: string) {
    return this.mail({ to, subject: "Hello", text: "Hello" });
  }
}

const AskMailer = mailer(AskActions, { name: "AskMailer", backoff: () => 0 });

/** A stored mail whose line breaks after its final dot, worked off. */
async function afterUnknown(onUnknownOutcome: OnUnknownOutcome) {
  const { app, transport } = await startApp({}, { onUnknownOutcome });
  transport.script.push({ class: "unknown", response: "the line broke after the final dot" });
  const failed: unknown[] = [];
  app.events.on("callback.failed", ({ callback, error }) => failed.push([callback, String(error)]));
  const job = await AskMailer.with({ locale: "de" }).delay().hello("ann@x.test");
  await app.worker().workOff(5);
  return { app, transport, job, failed, states: async () => (await Job.find(job.id))?.record };
}

it("a function decides for each mail that may have been taken, right before it would be sent again: resend", async () => {
  const asked: UnknownMail[] = [];
  const { transport, job } = await afterUnknown((mail) => {
    asked.push(mail);
    return "resend";
  });
  expect(asked).toEqual([
    {
      ...{ mailer: "AskMailer", action: "hello", args: ["ann@x.test"], params: { locale: "de" } },
      messageId: job.record.meta.messageId,
    },
  ]);
  expect(transport.sent.map(({ mail }) => mail.messageId)).toEqual([job.record.meta.messageId]);
  expect(await Job.find(job.id)).toBeUndefined();
});

it("a function decides: hold, and the job is kept as failed, unknown", async () => {
  const { transport, states } = await afterUnknown(async () => "hold" as const);
  expect(transport.sent).toEqual([]);
  expect(await states()).toMatchObject({
    ...{ state: "failed", failReason: "unknown" },
    lastError: expect.stringContaining("It may have been taken, and onUnknownOutcome holds it"),
  });
});

it.each([
  ["throws", () => Promise.reject(new Error("the provider is away")), "Error: the provider is away"],
  ["gives something else", () => "perhaps" as never, 'it must give "resend" or "hold"'],
])("a function that %s holds the mail, which is told", async (_, hook, error) => {
  const { transport, states, failed } = await afterUnknown(hook);
  expect(transport.sent).toEqual([]);
  expect(await states()).toMatchObject({ state: "failed", failReason: "unknown" });
  expect(failed).toEqual([["onUnknownOutcome", expect.stringContaining(error)]]);
});

it("a function that throws RetryLater is asked again later", async () => {
  let times = 0;
  const hook = vi.fn(() => {
    times += 1;
    if (times === 1) throw new RetryLater("not in the provider's log yet", { delay: 0, counted: false });
    return "resend" as const;
  });
  const { transport } = await afterUnknown(hook);
  expect(hook).toHaveBeenCalledTimes(2);
  expect(transport.sent).toHaveLength(1);
});

it("nobody is asked about a mail that was certainly not sent", async () => {
  const hook = vi.fn(() => "hold" as const);
  const { app, transport } = await startApp({}, { onUnknownOutcome: hook });
  transport.script.push({ class: "deferred", response: "450 later" }, { class: "lost", response: "reset" });
  await AskMailer.delay().hello("ann@x.test");
  await app.worker().workOff(5);
  expect(hook).not.toHaveBeenCalled();
  expect(transport.sent).toHaveLength(1);
});
