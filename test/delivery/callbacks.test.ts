import { describe, expect, it } from "vitest";
import { InvalidMailError, PermanentFailure, StopMail } from "../../src/errors/errors.ts";
import type { EventMap } from "../../src/events.ts";
import { Job } from "../../src/jobs/job.ts";
import type { MailCallbacks } from "../../src/mail/callbacks.ts";
import { startApp } from "../support/app.ts";
import { aMailer, TEMPLATES, WAYS } from "./ways.ts";

/** Callbacks that write down when they run. */
function recording(who: string, seen: string[]): MailCallbacks {
  const note = (what: string) => () => {
    seen.push(`${who} ${what}`);
    return undefined;
  };
  const around = (what: string) => async (_: unknown, next: () => Promise<void>) => {
    seen.push(`${who} ${what} begins`);
    await next();
    seen.push(`${who} ${what} ends`);
  };
  return {
    beforeRender: [note("beforeRender 1"), note("beforeRender 2")],
    aroundRender: around("aroundRender"),
    afterRender: note("afterRender"),
    beforeDeliver: note("beforeDeliver"),
    aroundDeliver: around("aroundDeliver"),
    afterDeliver: [note("afterDeliver 1"), note("afterDeliver 2")],
  };
}

const ORDER = [
  "parent beforeRender 1",
  "parent beforeRender 2",
  "own beforeRender 1",
  "own beforeRender 2",
  "parent aroundRender begins",
  "own aroundRender begins",
  "own aroundRender ends",
  "parent aroundRender ends",
  "own afterRender",
  "parent afterRender",
  "parent beforeDeliver",
  "own beforeDeliver",
  "parent aroundDeliver begins",
  "own aroundDeliver begins",
];

describe.each(WAYS)("callbacks of a mail sent by %s", (_, go) => {
  it("run in the order of the classes, and in the reverse of it afterwards", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const seen: string[] = [];
    await go(app, aMailer({ callbacks: recording("own", seen) }, { callbacks: recording("parent", seen) }));
    await app.pipeline.close();
    expect(transport.sent).toHaveLength(1);
    expect(seen.slice(0, ORDER.length)).toEqual(ORDER);
    const after = seen.slice(ORDER.length);
    expect(after.filter((line) => line.includes("afterDeliver"))).toEqual([
      "own afterDeliver 2",
      "own afterDeliver 1",
      "parent afterDeliver 2",
      "parent afterDeliver 1",
    ]);
    expect(after.filter((line) => line.endsWith("ends"))).toEqual([
      "own aroundDeliver ends",
      "parent aroundDeliver ends",
    ]);
  });

  it("change what is rendered and what is sent", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    await go(
      app,
      aMailer({
        callbacks: {
          beforeRender: ({ spec }) => ({ locals: { ...spec.locals, name: "Bob" } }),
          afterRender: ({ mail }) => ({ text: `${mail.text}!` }),
          beforeDeliver: ({ mail, mailer, action, args }) => ({
            subject: `[${action}] ${mail.subject}`,
            cc: "Boss <boss@x.test>",
            headers: { "X-Mailer-Args": `${mailer.slice(0, 13)} ${args.join()}` },
          }),
        },
      }),
    );
    const { mail, recipients } = transport.sent[0]!;
    expect(mail.text.replace(/\s/g, "")).toBe("HelloBob!");
    expect(mail.subject).toBe("[welcome] Hello");
    expect(recipients).toEqual(["ann@x.test", "boss@x.test"]);
    expect(mail.headers["X-Mailer-Args"]).toBe("WelcomeMailer ann@x.test");
  });

  it.each(["beforeRender", "aroundRender", "afterRender", "beforeDeliver", "aroundDeliver"] as const)(
    "stop a mail in %s, which is no failure",
    async (kind) => {
      const { app, transport } = await startApp(TEMPLATES);
      const failed: EventMap["job.failed"][] = [];
      app.events.on("job.failed", (event) => failed.push(event));
      const stop = () => {
        throw new StopMail("they have left");
      };
      await go(app, aMailer({ callbacks: { [kind]: stop } }));
      expect(transport.sent).toEqual([]);
      expect(failed).toEqual([]);
      expect(await Job.all().count()).toBe(0);
    },
  );

  it("cannot have a mail sent twice by failing when it is sent", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const failures: string[] = [];
    app.events.on("callback.failed", ({ callback, error }) => failures.push(`${callback}: ${error}`));
    await go(
      app,
      aMailer({
        callbacks: {
          aroundDeliver: async (_mail, next) => {
            await next();
            throw new Error("the span is closed");
          },
          afterDeliver: () => Promise.reject(new Error("the archive is full")),
        },
      }),
    );
    await app.pipeline.close();
    expect(transport.sent).toHaveLength(1);
    expect(failures.sort()).toEqual([
      "afterDeliver: Error: the archive is full",
      "aroundDeliver: Error: the span is closed",
    ]);
    expect(await Job.all().count()).toBe(0);
  });
});

describe.each(WAYS.slice(1))("what runs after a mail of %s is sent", (_, go) => {
  it("does not keep that from being recorded, and is waited for at the end", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let archived = false;
    const archive = async () => {
      await held;
      archived = true;
    };
    await go(app, aMailer({ callbacks: { afterDeliver: archive } }));
    expect(transport.sent).toHaveLength(1);
    expect(await Job.all().count()).toBe(0);
    expect(archived).toBe(false);
    release();
    await app.close();
    expect(archived).toBe(true);
  });
});

describe("a callback that throws", () => {
  it("fails deliver() and sends nothing", async () => {
    const { transport } = await startApp(TEMPLATES);
    const broken = aMailer({ callbacks: { beforeDeliver: () => Promise.reject(new Error("no")) } });
    await expect(broken.welcome("ann@x.test").deliver()).rejects.toThrow("no");
    expect(transport.sent).toEqual([]);
  });

  it("has the job tried again", async () => {
    const { app } = await startApp(TEMPLATES);
    const broken = aMailer({ callbacks: { aroundRender: () => Promise.reject(new Error("not yet")) } });
    const job = await broken.delay().welcome("ann@x.test");
    await app.worker().workOff();
    const after = await Job.find(job.id);
    expect(after?.lastError).toMatch(/^Error: not yet/);
    expect(after?.attempts).toBe(1);
  });

  it("fails the rendering when it stands around it and fails at its end", async () => {
    await startApp(TEMPLATES);
    const broken = aMailer({
      callbacks: {
        aroundRender: async (_draft, next) => {
          await next();
          throw new Error("too long");
        },
      },
    });
    await expect(broken.welcome("ann@x.test").render()).rejects.toThrow("too long");
  });

  it("cannot leave next() out, nor swallow what is thrown inside", async () => {
    const { transport } = await startApp(TEMPLATES);
    const lazy = aMailer({ callbacks: { aroundDeliver: () => undefined } });
    await expect(lazy.welcome("ann@x.test").deliver()).rejects.toThrow(/without calling next\(\)/);
    transport.script.push({ class: "rejected", response: "550 no" });
    const greedy = aMailer({
      callbacks: { aroundDeliver: (_mail, next) => next().catch(() => undefined) },
    });
    await expect(greedy.welcome("ann@x.test").deliver()).rejects.toThrow("550 no");
    expect(transport.sent).toEqual([]);
  });

  it("cannot put on the wire what an action could not", async () => {
    await startApp(TEMPLATES);
    const sending = (changes: object) =>
      aMailer({ callbacks: { beforeDeliver: () => changes } })
        .welcome("ann@x.test")
        .deliver();
    await expect(sending({ to: "Ann, evil@e.test <b@e.test>" })).rejects.toThrow(InvalidMailError);
    await expect(sending({ subject: "a\r\nBcc: evil@e.test" })).rejects.toThrow(InvalidMailError);
    await expect(sending({ headers: { "X-A": "1\r\nX-B: 2" } })).rejects.toThrow(InvalidMailError);
    for (const odd of [{ html: null }, { text: 7 }, { text: undefined }, { transport: {} }])
      await expect(sending(odd as never)).rejects.toThrow(/A callback gave `\w+` that is not a text/);
    await expect(sending({ to: [] })).rejects.toThrow("throw StopMail to stop it");
  });

  it("cannot change the Message-ID that tells a repeated mail", async () => {
    const { transport } = await startApp(TEMPLATES);
    const message = aMailer({
      callbacks: { beforeDeliver: () => ({ messageId: "<forged@x.test>" }) as object },
    }).welcome("ann@x.test");
    const { messageId } = await message.deliver();
    expect(transport.sent[0]?.mail.messageId).toBe(messageId);
    expect(messageId).not.toContain("forged");
  });
});

describe("a mail that is stopped", () => {
  it("is what deliver() says it is, and an event", async () => {
    const { app } = await startApp(TEMPLATES);
    const stopped: EventMap["mail.stopped"][] = [];
    app.events.on("mail.stopped", (event) => stopped.push(event));
    const quiet = aMailer({
      inAction: () => {
        throw new StopMail("no longer a customer");
      },
    });
    const delivery = await quiet.welcome("ann@x.test").deliver();
    expect(delivery).toMatchObject({ accepted: [], rejected: [], stopped: "no longer a customer" });
    expect(stopped).toEqual([
      {
        mail: `${quiet.mailerName}.welcome`,
        messageId: delivery.messageId,
        reason: "no longer a customer",
      },
    ]);
  });

  it("ends its job as done, with an event that says so", async () => {
    const { app } = await startApp(TEMPLATES);
    const events: string[] = [];
    app.events.on("mail.stopped", ({ reason }) => events.push(`stopped: ${reason}`));
    app.events.on("job.done", () => events.push("done"));
    const quiet = aMailer({ callbacks: { beforeDeliver: () => Promise.reject(new StopMail("asleep")) } });
    await quiet.delay().welcome("ann@x.test");
    await app.worker().workOff();
    expect(events).toEqual(["stopped: asleep", "done"]);
  });

  it("is a stopped recipient of a newsletter, with its reason", async () => {
    const { app, transport } = await startApp(TEMPLATES);
    const news = aMailer({
      callbacks: {
        beforeDeliver: ({ args }) => {
          if (args[0] === "bob@x.test") throw new StopMail("asked us not to");
          return undefined;
        },
      },
    });
    const issue = await news.broadcast(["ann@x.test", "bob@x.test"]).welcome();
    await app.worker().workOff();
    expect(transport.sent.map(({ recipients }) => recipients[0])).toEqual(["ann@x.test"]);
    const failures = [];
    for await (const failure of issue.failures()) failures.push(failure);
    expect(failures).toMatchObject([
      { recipient: "bob@x.test", outcome: "stopped", response: "asked us not to" },
    ]);
    expect(await issue.progress()).toMatchObject({ state: "finished", sent: 1, stopped: 1, invalid: 0 });
  });

  it("cannot be rendered, where a callback around rendering stops it", async () => {
    await startApp(TEMPLATES);
    const quiet = aMailer({ callbacks: { beforeRender: () => Promise.reject(new StopMail("asleep")) } });
    await expect(quiet.welcome("ann@x.test").render()).rejects.toThrow(StopMail);
  });
});

describe("a subclass", () => {
  it("that copies its parent's callbacks does not run them twice", async () => {
    await startApp(TEMPLATES);
    let runs = 0;
    const callbacks = {
      beforeDeliver: () => {
        runs += 1;
        return undefined;
      },
    };
    await aMailer({ callbacks: { ...callbacks } }, { callbacks })
      .welcome("ann@x.test")
      .deliver();
    expect(runs).toBe(1);
  });
});

describe("a permanent failure in a newsletter's callback", () => {
  it("is the recipient's outcome and is not tried again", async () => {
    const { app } = await startApp(TEMPLATES);
    const news = aMailer({
      callbacks: { beforeDeliver: () => Promise.reject(new PermanentFailure("no such customer")) },
    });
    const issue = await news.broadcast(["ann@x.test"]).welcome();
    await app.worker().workOff();
    expect(await issue.progress()).toMatchObject({ state: "finished", failed: 1 });
  });
});
