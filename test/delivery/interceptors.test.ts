import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { ConfigurationError, StopMail } from "../../src/errors/errors.ts";
import type { EventMap } from "../../src/events.ts";
import { Job } from "../../src/jobs/job.ts";
import type { SentMail } from "../../src/mail/callbacks.ts";
import { startApp } from "../support/app.ts";
import { aMailer, TEMPLATES, WAYS } from "./ways.ts";

describe.each(WAYS)("with a mail sent by %s", (_, go) => {
  it("interceptors change it one after the other, when the mailer's callbacks have", async () => {
    const { app, transport } = await startApp(TEMPLATES, {
      interceptors: [
        ({ mail }) => ({ subject: `${mail.subject} 2` }),
        async ({ mail }) => ({ subject: `${mail.subject} 3` }),
      ],
    });
    await go(
      app,
      aMailer({ callbacks: { beforeDeliver: ({ mail }) => ({ subject: `${mail.subject} 1` }) } }),
    );
    expect(transport.sent[0]?.mail.subject).toBe("Hello 1 2 3");
  });

  it("an interceptor stops it", async () => {
    const { app, transport } = await startApp(TEMPLATES, {
      interceptors: [() => Promise.reject(new StopMail("holiday"))],
    });
    await go(app, aMailer({}));
    expect(transport.sent).toEqual([]);
    expect(await Job.all().count()).toBe(0);
  });

  it("redirectTo gets it instead, and it says who it was for", async () => {
    const { app, transport } = await startApp(TEMPLATES, { redirectTo: "Dev <dev@x.test>" });
    await go(app, aMailer({ callbacks: { beforeDeliver: () => ({ cc: "bob@x.test", bcc: "cy@x.test" }) } }));
    const { mail, recipients } = transport.sent[0]!;
    expect(recipients).toEqual(["dev@x.test"]);
    expect(mail.to).toEqual([{ name: "Dev", address: "dev@x.test" }]);
    expect(mail.headers).toMatchObject({
      "X-Intercepted-To": "ann@x.test",
      "X-Intercepted-Cc": "bob@x.test",
      "X-Intercepted-Bcc": "cy@x.test",
    });
  });

  it("deliveries that are off stop it when it went the whole way", async () => {
    const { app, transport } = await startApp(TEMPLATES, { deliveries: "off" });
    let seen = 0;
    const count = () => {
      seen += 1;
      return undefined;
    };
    await go(app, aMailer({ callbacks: { beforeDeliver: count } }));
    expect(seen).toBe(1);
    expect(transport.sent).toEqual([]);
    expect(await Job.all().count()).toBe(0);
  });

  it("observers see it as it was sent, and failing ones send nothing again", async () => {
    const seen: SentMail[] = [];
    const { app, transport } = await startApp(TEMPLATES, {
      interceptors: [() => ({ subject: "Changed" })],
      observers: [
        () => Promise.reject(new Error("the archive is full")),
        () => {
          throw new Error("and this one is broken");
        },
        (sent) => void seen.push(sent),
      ],
    });
    const failed: EventMap["callback.failed"][] = [];
    app.events.on("callback.failed", (event) => failed.push(event));
    await go(app, aMailer({}));
    await app.pipeline.close();
    expect(transport.sent).toHaveLength(1);
    expect(seen).toMatchObject([{ action: "welcome", accepted: ["ann@x.test"], response: "250 ok" }]);
    expect(seen[0]?.mail.subject).toBe("Changed");
    expect(failed.map(({ callback }) => callback)).toEqual(["observer", "observer"]);
    expect(await Job.all().count()).toBe(0);
  });

  it("observers do not see it when the server refuses it", async () => {
    const seen: SentMail[] = [];
    const { app, transport } = await startApp(TEMPLATES, { observers: [(sent) => void seen.push(sent)] });
    transport.script.push({ class: "rejected", response: "550 no" });
    await go(app, aMailer({})).catch(() => undefined);
    await app.pipeline.close();
    expect(seen).toEqual([]);
  });
});

describe("redirectTo", () => {
  it("leaves those on the allow-list alone", async () => {
    const { transport } = await startApp(TEMPLATES, {
      redirectTo: "dev@x.test",
      redirectAllow: ["qa@y.test", "*@ours.test"],
    });
    const to = (...addresses: string[]) =>
      aMailer({ callbacks: { beforeDeliver: () => ({ to: addresses }) } })
        .welcome("ann@x.test")
        .deliver();
    await to("QA@y.test", "anyone@OURS.test", "dev@x.test");
    await to("qa@y.test", "ann@x.test");
    await to("evil@not-ours.test", "qa@y.test.evil.test");
    expect(transport.sent.map(({ recipients }) => recipients)).toEqual([
      ["QA@y.test", "anyone@ours.test", "dev@x.test"],
      ["dev@x.test", "qa@y.test"],
      ["dev@x.test"],
    ]);
    expect(transport.sent[0]?.mail.headers).toEqual({});
  });

  it("tells those on the allow-list nothing of blind copies", async () => {
    const { transport } = await startApp(TEMPLATES, {
      redirectTo: "dev@x.test",
      redirectAllow: ["qa@y.test", "hidden@y.test"],
    });
    const facade = aMailer({
      callbacks: { beforeDeliver: () => ({ cc: "qa@y.test", bcc: ["secret@x.test", "hidden@y.test"] }) },
    });
    await facade.welcome("ann@x.test").deliver();
    const { mail, recipients } = transport.sent[0]!;
    expect(recipients).toEqual(["dev@x.test", "qa@y.test", "hidden@y.test"]);
    expect(mail.headers).toEqual({ "X-Intercepted-To": "ann@x.test", "X-Intercepted-Cc": "qa@y.test" });
  });

  it("cannot be undone by an interceptor", async () => {
    const { transport } = await startApp(TEMPLATES, {
      redirectTo: "dev@x.test",
      interceptors: [() => ({ to: "evil@e.test", cc: "ann@x.test" })],
    });
    await aMailer({}).welcome("ann@x.test").deliver();
    expect(transport.sent[0]?.recipients).toEqual(["dev@x.test"]);
  });

  it("is refused in production, and so is an allow-list without it", () => {
    const production = { production: true, smtpUrl: "smtp://localhost" };
    expect(() => resolveConfig({ ...production, redirectTo: "dev@x.test" }, {})).toThrow(
      /this is production/,
    );
    expect(() => resolveConfig({ redirectAllow: ["*@x.test"] }, {})).toThrow(ConfigurationError);
    expect(() => resolveConfig({ redirectTo: "a@x.test", redirectAllow: ["*"] }, {})).toThrow(
      /must be addresses/,
    );
  });

  it("comes from the environment too", () => {
    const config = resolveConfig(
      {},
      {
        DELAYED_MAILER_REDIRECT_TO: "Dev <dev@x.test>",
        DELAYED_MAILER_REDIRECT_ALLOW: "qa@y.test, *@ours.test",
        DELAYED_MAILER_DELIVERIES: "off",
      },
    );
    expect(config).toMatchObject({
      redirectTo: { name: "Dev", address: "dev@x.test" },
      redirectAllow: ["qa@y.test", "*@ours.test"],
      deliveries: "off",
    });
  });
});

describe("deliveries that are off", () => {
  it("need no mail server, not even in production", () => {
    expect(resolveConfig({ production: true, deliveries: "off" }, {}).deliveries).toBe("off");
    expect(() => resolveConfig({ production: true }, {})).toThrow(/SMTP_URL is missing/);
  });

  it("are told to whoever starts a worker", async () => {
    const { app } = await startApp({}, { deliveries: "off", redirectTo: "dev@x.test" });
    const notices: string[] = [];
    app.events.on("app.notice", ({ message }) => notices.push(message));
    app.announce();
    expect(notices.join("\n")).toMatch(/Deliveries are off/);
    expect(notices.join("\n")).toMatch(/dev@x\.test instead of their recipients/);
  });
});
