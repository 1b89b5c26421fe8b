import { describe, expect, it, onTestFinished, vi } from "vitest";
import { PermanentFailure, StopMail } from "../../src/errors/errors.ts";
import { Job, Mailer, mailer } from "../../src/index.ts";
import { assertSent, FakeMailerError, performQueued } from "../../src/testing/index.ts";
import { failing, openShop, ShopMailer, templates } from "./shop.ts";

const people = (...names: string[]) =>
  names.map((name) => ({ email: `${name || "nobody"}@example.com`, name }));

const subjects = (mails: { readonly sent: readonly { readonly mail: { readonly subject: string } }[] }) =>
  mails.sent.map(({ mail }) => mail.subject);

/** What performing the queue fails with. */
async function failureOf(performing: Promise<unknown>): Promise<Error> {
  const error = await performing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof Error) return error;
  throw new Error("Nothing failed.");
}

const told = ({ message }: Error) => message.replaceAll(templates, "templates");

describe("performQueued", () => {
  it("performs what is due as a worker does, in the order of the queue", async () => {
    const mails = await openShop();
    for (const name of ["Ann", "Bob", "Cy", "Dee"]) await ShopMailer.delay().welcome("ann@example.com", name);
    await ShopMailer.delay({ priority: -1 }).welcome("ann@example.com", "First");
    await ShopMailer.delay({ in: "1h" }).welcome("ann@example.com", "Later");
    expect(await performQueued()).toMatchObject({ succeeded: 5, failures: [] });
    expect(subjects(mails)).toEqual(["First", "Ann", "Bob", "Cy", "Dee"].map((name) => `Welcome, ${name}`));
    expect(mails.queued).toHaveLength(1);
    expect(await performQueued()).toMatchObject({ succeeded: 0 });
  });

  it("performs only the queues it is told to", async () => {
    const mails = await openShop();
    await ShopMailer.delay({ queue: "mail" }).welcome("ann@example.com", "Ann");
    await ShopMailer.delay({ queue: "other" }).welcome("bob@example.com", "Bob");
    await performQueued({ queues: ["mail"] });
    expect(subjects(mails)).toEqual(["Welcome, Ann"]);
  });

  it("moves the time to what is due until then, each call at its own, and leaves it there", async () => {
    const mails = await openShop();
    const start = Date.now();
    for (const hours of [3, 1, 2, 5] as const)
      await ShopMailer.delay({ in: `${hours}h` }).welcome("ann@example.com", `${hours}`);
    await performQueued({ until: new Date(start + 4 * 3_600_000) });
    expect(subjects(mails)).toEqual(["Welcome, 1", "Welcome, 2", "Welcome, 3"]);
    const job = await ShopMailer.delay({ in: "2h" }).welcome("ann@example.com", "6");
    expect(job.runAt.getTime()).toBeGreaterThanOrEqual(start + 6 * 3_600_000);
    await performQueued({ all: true });
    expect(subjects(mails).slice(3)).toEqual(["Welcome, 5", "Welcome, 6"]);
  });

  it("fails a call that has expired by the time it moved to", async () => {
    await openShop();
    const expiresAt = new Date(Date.now() + 1_800_000);
    await ShopMailer.delay({ in: "1h", expiresAt }).welcome("ann@example.com", "Ann");
    const { failures } = await performQueued({ all: true, allowFailures: true });
    expect(failures).toMatchObject([{ reason: "expired" }]);
  });

  it("performs what calls queue in their turn, at the time that is by then", async () => {
    class ChainActions extends Mailer {
      static override hooks = {
        success: async (job: Job) => {
          const [left] = job.args as [number];
          if (left > 1) await ChainMailer.delay({ in: "1 day" }).remind(left - 1);
        },
      };
      remind(left: number) {
        return this.mail({
          to: "ann@example.com",
          subject: `${left} left`,
          template: "shop-mailer/welcome",
          locals: { name: "" },
        });
      }
    }
    const ChainMailer = mailer(ChainActions, { name: "ChainMailer" });
    const mails = await openShop();
    await ChainMailer.delay().remind(3);
    await performQueued({ until: new Date(Date.now() + 1.5 * 86_400_000) });
    expect(subjects(mails)).toEqual(["3 left", "2 left"]);
    await performQueued({ all: true });
    expect(subjects(mails)).toEqual(["3 left", "2 left", "1 left"]);

    await ChainMailer.delay().remind(1_000);
    const endless = performQueued({ all: true, limit: 20 });
    await expect(endless).rejects.toThrow(FakeMailerError);
    await expect(endless).rejects.toThrow(
      "has made 20 attempts, and there is more to perform, such as ChainMailer.remind",
    );
  });

  it("waits for what is still done for mails that were sent", async () => {
    const observed: string[] = [];
    const observe = async ({ mail }: { mail: { subject: string } }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      observed.push(mail.subject);
    };
    await openShop({ observers: [observe] });
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
    await performQueued();
    expect(observed).toEqual(["Welcome, Ann"]);
  });

  it("works under fake timers, and performs what is due by them", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const mails = await openShop();
    await ShopMailer.delay({ in: "2h" }).welcome("ann@example.com", "Ann");
    await performQueued();
    expect(mails.sent).toEqual([]);
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    await performQueued();
    assertSent(ShopMailer, "welcome", ["ann@example.com", "Ann"]);
  });

  it("refuses options that make no sense", async () => {
    await openShop();
    await expect(performQueued({ all: true, until: new Date() })).rejects.toThrow(
      "give `until` or `all`, not both",
    );
    await expect(performQueued({ untill: new Date() } as object)).rejects.toThrow(
      "performQueued: Unrecognized key",
    );
    await expect(performQueued({ until: new Date(Number.NaN) })).rejects.toThrow(
      "until: must be a valid Date",
    );
  });
});

describe("a call that fails", () => {
  it("fails the test that performs it, with its error, and is looked at after that", async () => {
    const mails = await openShop();
    failing.add("ann@example.com");
    await ShopMailer.delay().flaky("ann@example.com");
    await ShopMailer.delay().welcome("bob@example.com", "Bob");
    await ShopMailer.delay().broken("cy@example.com");
    const error = await failureOf(performQueued());
    expect(told(error)).toMatchInlineSnapshot(`
      "2 attempts failed:
        1. ShopMailer.flaky("ann@example.com"), attempt 1 of 25, to be tried again
           TypeError: no connection for ann@example.com
        2. ShopMailer.broken("cy@example.com"), kept as failed (template)
           TemplateError: ShopMailer.broken cannot be rendered: templates/shop-mailer/broken.text.hbs:1:9: "name" is missing.

             1 | Hello {{name}}
               |         ^

           Locals given: none.
           Caused by TemplateFault: "name" is missing

      Pass { allowFailures: true } to performQueued() where failures are what the test is about."
    `);
    expect(error).toMatchObject({ name: "AssertionError", code: "ERR_ASSERTION" });
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.stack).toContain("perform-queued.test.ts");
    expect(subjects(mails)).toEqual(["Welcome, Bob"]);
    expect(mails.failed.map(({ name }) => name)).toEqual(["ShopMailer.broken"]);
    expect(mails.queued.map(({ name, attempts }) => [name, attempts])).toEqual([["ShopMailer.flaky", 1]]);
    expect((await Job.failed().last())?.lastError).toContain('"name" is missing');
  });

  it("is told of, and tried again in its time, where failures are what the test is about", async () => {
    const mails = await openShop();
    failing.add("ann@example.com");
    await ShopMailer.delay({ maxAttempts: 3 }).flaky("ann@example.com");
    const { failures } = await performQueued({ all: true, allowFailures: true });
    expect(
      failures.map(({ job, reason, cause }) => [job.attempts, reason, cause instanceof TypeError]),
    ).toEqual([
      [1, undefined, true],
      [2, undefined, true],
      [3, "exhausted", true],
    ]);
    expect(mails.failed).toHaveLength(1);
    failing.clear();
    await mails.failed[0]?.retry();
    await performQueued();
    expect(subjects(mails)).toEqual(["Flaky"]);
  });

  it("is no failure twice: what failed before this performance is not told again", async () => {
    const mails = await openShop();
    await ShopMailer.delay().broken("ann@example.com");
    await performQueued({ allowFailures: true });
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
    await performQueued();
    expect(mails.sent).toHaveLength(1);
  });

  it("stops the time at the first failure", async () => {
    const mails = await openShop();
    failing.add("ann@example.com");
    await ShopMailer.delay().flaky("ann@example.com");
    await ShopMailer.delay({ in: "1 day" }).welcome("bob@example.com", "Bob");
    await failureOf(performQueued({ all: true }));
    expect(mails.sent).toEqual([]);
    expect(mails.queued.map(({ name }) => name)).toEqual(["ShopMailer.flaky", "ShopMailer.welcome"]);
  });

  it("fails the test too where the mail server is down, and is sent when that is over", async () => {
    const mails = await openShop();
    mails.transport.script.push({ class: "unreachable", response: "connection refused" });
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
    await ShopMailer.delay().welcome("bob@example.com", "Bob");
    const error = await failureOf(performQueued());
    expect(told(error)).toMatchInlineSnapshot(`
      "2 attempts failed:
        1. ShopMailer.welcome("ann@example.com", "Ann"), put off
           RetryLater: connection refused
        2. ShopMailer.welcome("bob@example.com", "Bob"), put off
           RetryLater: connection refused

      Pass { allowFailures: true } to performQueued() where failures are what the test is about."
    `);
    await performQueued({ all: true, allowFailures: true });
    expect(subjects(mails).toSorted()).toEqual(["Welcome, Ann", "Welcome, Bob"]);
  });

  it("may be one of code that calls no mailer any more", async () => {
    const mails = await openShop();
    const job = await ShopMailer.delay().welcome("ann@example.com", "Ann");
    const record = { ...job.record, id: "0".repeat(24), action: "gone" };
    await mails.app.store.insert([record]);
    const error = await failureOf(performQueued());
    expect(told(error)).toContain(
      '1. ShopMailer.gone("ann@example.com", "Ann"), kept as failed (unknown-action)',
    );
  });
});

describe("a hook or callback that fails", () => {
  it("fails the test that performs its call, though its mail is sent", async () => {
    class HookedActions extends Mailer {
      static override hooks = {
        success: () => {
          throw new TypeError("cannot count it");
        },
      };
      static override callbacks = {
        afterDeliver: () => {
          throw new RangeError("cannot archive it");
        },
      };
      hello(email: string) {
        return this.mail({ to: email, subject: "Hi", template: "shop-mailer/welcome", locals: { name: "" } });
      }
    }
    const HookedMailer = mailer(HookedActions, { name: "HookedMailer" });
    const mails = await openShop();
    await HookedMailer.delay().hello("ann@example.com");
    const error = await failureOf(performQueued());
    expect(told(error)).toMatchInlineSnapshot(`
      "2 errors of hooks and callbacks, which stopped no mail:
        1. afterDeliver
           RangeError: cannot archive it
        2. hook success of HookedMailer.hello
           TypeError: cannot count it

      Pass { allowFailures: true } to performQueued() where failures are what the test is about."
    `);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(mails.sent).toHaveLength(1);
    await HookedMailer.hello("ann@example.com").deliver();
    expect(mails.errors.map(({ where }) => where)).toEqual([
      "afterDeliver",
      "hook success of HookedMailer.hello",
      "afterDeliver",
    ]);
  });
});

describe("a newsletter that is performed", () => {
  it("names the recipients who got no mail", async () => {
    const mails = await openShop();
    await ShopMailer.broadcast(people("Ann", "", "Cy"), { key: "weekly-7" }).weekly(7);
    const error = await failureOf(performQueued());
    expect(told(error)).toMatchInlineSnapshot(`
      "1 recipient of newsletters got no mail:
        1. nobody@example.com, of the newsletter weekly-7: failed, ShopMailer.weekly cannot be rendered: templates/shop-mailer/welcome.html.hbs:1:29: "name" is missing.

      Pass { allowFailures: true } to performQueued() where failures are what the test is about."
    `);
    expect(mails.sent).toHaveLength(2);
  });

  it("names them also where they are to be tried again, and when nothing was sent at all", async () => {
    const mails = await openShop();
    mails.transport.script.push({ class: "deferred", response: "451 come back later" });
    await ShopMailer.broadcast(people("Ann", "Bob"), { key: "weekly-7" }).weekly(7);
    const error = await failureOf(performQueued());
    expect(told(error)).toMatchInlineSnapshot(`
      "1 attempt failed:
        1. a chunk of a newsletter, attempt 1 of 25, to be tried again
           RetryLater: 1 of 2 recipients are to be tried again

      1 recipient of newsletters got no mail:
        1. ann@example.com, of the newsletter weekly-7: deferred, 451 come back later

      Pass { allowFailures: true } to performQueued() where failures are what the test is about."
    `);
    await performQueued({ all: true });
    expect(subjects(mails)).toEqual(["Issue 7", "Issue 7"]);

    await ShopMailer.broadcast(people(""), { key: "weekly-8" }).weekly(8);
    expect(told(await failureOf(performQueued()))).toContain(
      "of the newsletter weekly-8: failed, ShopMailer.weekly cannot be rendered",
    );
  });

  it("is put off, which is no endless loop, while it is paused", async () => {
    const mails = await openShop();
    const newsletter = await ShopMailer.broadcast(people("Ann"), { key: "weekly-7" }).weekly(7);
    await newsletter.pause();
    const error = await failureOf(performQueued({ all: true }));
    expect(told(error)).toContain(
      "a chunk of a newsletter, put off\n     RetryLater: The newsletter weekly-7 is paused",
    );
    const endless = performQueued({ all: true, allowFailures: true, limit: 5 });
    await expect(endless).rejects.toThrow("has made 5 attempts");
    await newsletter.resume();
    await performQueued();
    expect(mails.sent).toHaveLength(1);
  });

  it("does not count those who asked for no mail", async () => {
    class QuietActions extends Mailer {
      weekly(person: { email: string }) {
        if (person.email.startsWith("gone")) throw new PermanentFailure("the account is gone");
        return this.mail({
          to: person.email,
          subject: "News",
          template: "shop-mailer/welcome",
          locals: { name: "" },
        });
      }
    }
    const QuietMailer = mailer(QuietActions, { name: "QuietMailer" });
    await openShop({
      interceptors: [
        ({ mail }) => {
          if (mail.to[0]?.address === "quiet@example.com") throw new StopMail("asked us not to write");
          return undefined;
        },
      ],
    });
    await QuietMailer.broadcast([{ email: "quiet@example.com" }, { email: "ann@example.com" }]).weekly();
    expect(await performQueued()).toMatchObject({ succeeded: 1, recipients: [] });
    await QuietMailer.broadcast([{ email: "gone@example.com" }], { key: "k" }).weekly();
    const { recipients } = await performQueued({ allowFailures: true });
    expect(recipients).toMatchObject([
      { newsletter: "k", recipient: "gone@example.com", outcome: "failed", response: "the account is gone" },
    ]);
  });
});
