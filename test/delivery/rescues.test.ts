import { describe, expect, it } from "vitest";
import { DeliveryError } from "../../src/delivery/delivery-error.ts";
import { PermanentFailure, RetryLater, StopMail, TemplateError } from "../../src/errors/errors.ts";
import { Job } from "../../src/jobs/job.ts";
import { rescueFrom } from "../../src/mail/callbacks.ts";
import { startApp } from "../support/app.ts";
import { aMailer, TEMPLATES, WAYS } from "./ways.ts";

class UserGone extends Error {
  readonly userId: number;

  constructor(userId: number) {
    super(`user ${userId} is gone`);
    this.userId = userId;
  }
}

const gone = () => {
  throw new UserGone(7);
};

describe.each(WAYS)("an error handler of a mail sent by %s", (_, go) => {
  it("deals with what the action throws, so that nothing failed", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const ids: number[] = [];
    const rescues = [rescueFrom(UserGone, ({ userId }) => void ids.push(userId))];
    await go(app, aMailer({ rescues, inAction: gone }));
    expect(ids).toEqual([7]);
    expect(transport.sent).toEqual([]);
    expect(await Job.all().count()).toBe(0);
  });

  it("deals with what the server says of the mail", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    transport.script.push({ class: "rejected", response: "550 5.1.1 no such user" });
    const answers: string[] = [];
    const rescues = [rescueFrom(DeliveryError, ({ outcome }) => void answers.push(outcome.response))];
    await go(app, aMailer({ rescues }));
    expect(answers).toEqual(["550 5.1.1 no such user"]);
    expect(await Job.all().count()).toBe(0);
  });

  it("is asked before those of the parent, and is not asked for other errors", async () => {
    const { app } = await startApp(TEMPLATES);
    const asked: string[] = [];
    const noting = (who: string) => () => void asked.push(who);
    const parent = { rescues: [rescueFrom(Error, noting("parent"))] };
    const own = [rescueFrom(RangeError, noting("range")), rescueFrom(UserGone, noting("own"))];
    await go(app, aMailer({ rescues: own, inAction: gone }, parent));
    expect(asked).toEqual(["own"]);
    await go(app, aMailer({ inAction: gone }, parent));
    expect(asked).toEqual(["own", "parent"]);
  });
});

describe("an error handler", () => {
  it("sees the call, and the cause where nobody takes the error", async () => {
    await startApp(TEMPLATES);
    const calls: unknown[] = [];
    const wrapped = () => {
      throw new TemplateError("cannot be rendered", { cause: new UserGone(8) });
    };
    const facade = aMailer({
      inAction: wrapped,
      rescues: [
        rescueFrom(UserGone, ({ userId }, { action, args }) => void calls.push([userId, action, args])),
      ],
    });
    const delivery = await facade.welcome("ann@x.test").deliver();
    expect(calls).toEqual([[8, "welcome", ["ann@x.test"]]]);
    expect(delivery.stopped).toBe("rescued from Error: user 8 is gone");
  });

  it("decides with what it throws", async () => {
    const { app } = await startApp(TEMPLATES);
    const throwing = (error: Error) =>
      aMailer({
        inAction: gone,
        rescues: [
          rescueFrom(UserGone, () => {
            throw error;
          }),
        ],
      });
    const permanent = await throwing(new PermanentFailure("gone", { reason: "gone" }))
      .delay()
      .welcome("a@x.test");
    const later = await throwing(new RetryLater("soon", { delay: 60_000 }))
      .delay()
      .welcome("a@x.test");
    const stopped = await throwing(new StopMail("fine")).delay().welcome("a@x.test");
    await app.worker().workOff();
    expect((await Job.find(permanent.id))?.record.failReason).toBe("gone");
    expect((await Job.find(later.id))?.lastError).toMatch(/soon/);
    expect(await Job.find(stopped.id)).toBeUndefined();
  });

  it("that throws the server's refusal again leaves it to the job", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    transport.script.push({ class: "rejected", response: "550 no" });
    const again = (error: Error) => {
      throw error;
    };
    const job = await aMailer({ rescues: [rescueFrom(DeliveryError, again)] })
      .delay()
      .welcome("a@x.test");
    await app.worker().workOff();
    expect((await Job.find(job.id))?.record.failReason).toBe("rejected");
  });

  it("is not asked about what was decided already", async () => {
    const { app } = await startApp(TEMPLATES);
    const asked: unknown[] = [];
    const job = await aMailer({
      inAction: () => {
        throw new PermanentFailure("never", { reason: "never" });
      },
      rescues: [rescueFrom(Error, (error) => void asked.push(error))],
    })
      .delay()
      .welcome("a@x.test");
    await app.worker().workOff();
    expect((await Job.find(job.id))?.record.failReason).toBe("never");
    expect(asked).toEqual([]);
  });

  it("of one mailer is not asked about a mail that its action sends through another", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    transport.script.push({ class: "rejected", response: "550 inner" });
    const inner = aMailer({});
    const outer = aMailer({
      callbacks: { beforeDeliver: async () => void (await inner.welcome("b@x.test").deliver()) as undefined },
    });
    const job = await outer.delay().welcome("a@x.test");
    await app.worker().workOff();
    // The inner mail's refusal says nothing final about the outer one.
    expect((await Job.find(job.id))?.state).toBe("ready");
  });
});
