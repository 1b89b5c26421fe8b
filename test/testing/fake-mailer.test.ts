import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { close, configure, openApp } from "../../src/app/current-app.ts";
import { ConfigurationError, InvalidOptionsError } from "../../src/errors/errors.ts";
import { deliverAllLater, helper, Job, openApp as publicOpenApp } from "../../src/index.ts";
import { assertSent, FakeMailerError, fakeMailer, performQueued } from "../../src/testing/index.ts";
import { openShop, ShopMailer, templates } from "./shop.ts";

const people = ["ann", "bob", "cy"].map((name) => ({ email: `${name}@example.com`, name }));

const subjects = (mails: { readonly sent: readonly { readonly mail: { readonly subject: string } }[] }) =>
  mails.sent.map(({ mail }) => mail.subject);

afterEach(async () => {
  vi.unstubAllEnvs();
  await close();
  configure({});
});

describe("a fake mailer", () => {
  it("keeps mails that are delivered at once, with the calls they come from", async () => {
    const mails = await openShop();
    await ShopMailer.with({ company: "Harbour" }).welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent).toMatchObject([
      {
        mailer: "ShopMailer",
        action: "welcome",
        args: ["ann@example.com", "Ann"],
        params: { company: "Harbour" },
        mail: { subject: "Welcome, Ann", to: [{ address: "ann@example.com" }] },
        accepted: ["ann@example.com"],
      },
    ]);
    expect(mails.queued).toEqual([]);
  });

  it("keeps calls that are delayed in its queue, whichever way they were, and sends nothing", async () => {
    const mails = await openShop();
    await ShopMailer.delay({ in: "2h" }).welcome("ann@example.com", "Ann");
    await ShopMailer.welcome("bob@example.com", "Bob").deliverLater();
    await deliverAllLater([ShopMailer.welcome("cy@example.com", "Cy")]);
    expect(mails.queued.map(({ name, args }) => [name, args[1]])).toEqual([
      ["ShopMailer.welcome", "Ann"],
      ["ShopMailer.welcome", "Bob"],
      ["ShopMailer.welcome", "Cy"],
    ]);
    expect(mails.sent).toEqual([]);
  });

  it("has a newsletter's chunks in its queue, and its mails when these are performed", async () => {
    const mails = await openShop();
    await ShopMailer.broadcast(people, { key: "weekly-7", chunkSize: 2 }).weekly(7);
    expect(mails.queued).toHaveLength(2);
    await performQueued();
    expect(mails.sent.map(({ action, args }) => [action, ...args])).toEqual(
      people.map((person) => ["weekly", person, 7]),
    );
  });

  it("renders, so that a broken template fails a test", async () => {
    await openShop();
    await expect(ShopMailer.broken("ann@example.com").deliver()).rejects.toThrow('"name" is missing');
  });

  it("knows mails that were stopped", async () => {
    const mails = await openShop();
    await ShopMailer.welcome("ann@example.com", "Nobody").deliver();
    expect(mails.sent).toEqual([]);
    expect(mails.stopped).toMatchObject([{ mail: "ShopMailer.welcome", reason: "asked us not to write" }]);
  });

  it("answers as a test's script for the mail server says", async () => {
    const mails = await openShop();
    mails.transport.script.push({ class: "rejected", response: "550 no such user" });
    await expect(ShopMailer.welcome("ann@example.com", "Ann").deliver()).rejects.toThrow("550 no such user");
    expect(mails.sent).toEqual([]);
    await ShopMailer.welcome("bob@example.com", "Bob").deliver();
    expect(subjects(mails)).toEqual(["Welcome, Bob"]);
  });

  it("takes mails of every transport by its name, and refuses a name that nobody configured", async () => {
    const mails = await openShop();
    await ShopMailer.receipt("ann@example.com", 7).deliver();
    expect(mails.sent[0]?.mail.transport).toBe("bulk");
    await mails.close();
    await openShop({ transports: { main: "memory:" } });
    await expect(ShopMailer.receipt("ann@example.com", 7).deliver()).rejects.toThrow(
      'There is no transport "bulk"',
    );
  });

  it("takes a mongoose session, which has no transaction to join here", async () => {
    const mails = await openShop();
    await ShopMailer.delay({ session: {} }).welcome("ann@example.com", "Ann");
    expect(mails.queued).toHaveLength(1);
  });

  it("lets the code under test look at jobs as ever", async () => {
    await openShop();
    const job = await ShopMailer.delay({ in: "1h" }).welcome("ann@example.com", "Ann");
    expect(await Job.all().count()).toBe(1);
    await job.cancel();
    expect(await Job.all().count()).toBe(0);
  });
});

describe("a fake mailer's settings", () => {
  it("are its options", async () => {
    const shout = helper({ args: z.tuple([z.string()]) }, ({ args: [text] }) => text.toUpperCase());
    const mails = await openShop({
      from: "Shop <shop@shop.example>",
      locale: "de",
      queue: "mail",
      helpers: { shout },
    });
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent[0]?.mail).toMatchObject({ from: { name: "Shop" }, text: "Hallo Ann\n", locale: "de" });
    const job = await ShopMailer.delay().welcome("ann@example.com", "Ann");
    expect(job.queue).toBe("mail");
  });

  it("are the application's own where they say how mails look", async () => {
    configure({ templates, from: "own@shop.example", interceptors: [() => ({ subject: "Changed" })] });
    const mails = await fakeMailer();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent[0]?.mail).toMatchObject({ from: { address: "own@shop.example" }, subject: "Changed" });
    await mails.close();
  });

  it("are not the application's where they say where mails go and where jobs are kept", async () => {
    configure({
      templates,
      mongodbUri: "mongodb://127.0.0.1:1/none",
      smtpUrl: "smtp://127.0.0.1:1",
      rate: "1/1h",
      deliveries: "off",
      redirectTo: "dev@example.com",
      delayJobs: false,
    });
    const mails = await fakeMailer();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    await ShopMailer.welcome("bob@example.com", "Bob").deliver();
    await ShopMailer.delay().welcome("cy@example.com", "Cy");
    expect(mails.sent.map(({ accepted }) => accepted[0])).toEqual(["ann@example.com", "bob@example.com"]);
    expect(mails.queued).toHaveLength(1);
    await mails.close();
  });

  it("are of the application's transports their names alone", async () => {
    configure({
      templates,
      transports: {
        main: { url: "smtp://127.0.0.1:1", rate: "1/1h" },
        bulk: "smtp://127.0.0.1:1",
        safe: { failover: ["main", "bulk"] },
      },
      transport: "safe",
    });
    const mails = await fakeMailer();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    await ShopMailer.receipt("bob@example.com", 7).deliver();
    expect(mails.sent.map(({ mail }) => mail.transport)).toEqual([undefined, "bulk"]);
    await mails.close();
  });

  it("take from the environment how mails look, and nothing else", async () => {
    vi.stubEnv("MONGODB_URI", "mongodb://127.0.0.1:1/none");
    vi.stubEnv("SMTP_URL", "smtp://127.0.0.1:1");
    vi.stubEnv("DKIM_SELECTOR", "without a key");
    vi.stubEnv("DELAYED_MAILER_DELIVERIES", "off");
    vi.stubEnv("NODE_ENV", "production");
    vi.stubEnv("MAIL_FROM", "environment@shop.example");
    const mails = await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent[0]?.mail.from.address).toBe("environment@shop.example");
  });

  it("name a sender where nobody does", async () => {
    const mails = await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent[0]?.mail.from.address).toBe("fake-mailer@example.com");
  });

  it("may redirect where a test is about that", async () => {
    const mails = await openShop({ redirectTo: "dev@example.com" });
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent[0]?.accepted).toEqual(["dev@example.com"]);
  });

  it("cannot say where mails go", async () => {
    const options = { smtpUrl: "smtp://127.0.0.1", sqlite: "file.sqlite" } as object;
    await expect(fakeMailer(options)).rejects.toThrow(
      new InvalidOptionsError("fakeMailer", [
        "smtpUrl, sqlite: a fake mailer keeps its jobs and its mails in memory; leave that out",
      ]),
    );
  });

  it("are checked as the application's are, and leave no fake behind when they do not do", async () => {
    await expect(fakeMailer({ locale: "no language" })).rejects.toThrow(ConfigurationError);
    await expect(fakeMailer({ unheardOf: true } as object)).rejects.toThrow(ConfigurationError);
    await openShop();
  });
});

describe("the process's one application", () => {
  it("is the fake's until that is closed, and then as it was", async () => {
    configure({ sqlite: ":memory:", locale: "de" });
    const mails = await fakeMailer({ locale: "fr" });
    expect((await openApp()).config.locale).toBe("fr");
    expect(await publicOpenApp()).toBe(mails.app);
    await mails.close();
    await mails.close();
    expect((await openApp()).config.locale).toBe("de");
  });

  it("cannot be two fakes'", async () => {
    await openShop();
    const second = fakeMailer();
    await expect(second).rejects.toThrow(FakeMailerError);
    await expect(second).rejects.toThrow(
      /^A fake mailer is open already.*It was opened at .*shop\.ts:\d+:\d+/,
    );
  });

  it("cannot be two fakes' that are opened at the same time either", async () => {
    const [first, second] = await Promise.allSettled([fakeMailer(), fakeMailer()]);
    expect([first.status, second.status]).toEqual(["fulfilled", "rejected"]);
    if (first.status === "fulfilled") await first.value.close();
  });

  it("cannot become a fake's while it is in use", async () => {
    configure({ sqlite: ":memory:" });
    await openApp();
    await expect(fakeMailer()).rejects.toThrow(/^The application is in use: .*Call fakeMailer\(\) first/);
    await close();
    await openShop();
  });

  it("cannot be configured while it is a fake's", async () => {
    await openShop();
    expect(() => configure({})).toThrow("before fakeMailer()");
  });

  it("may be closed by close() as well, and be another fake's then", async () => {
    configure({ sqlite: ":memory:", locale: "de" });
    const closed = await fakeMailer({ templates });
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    await close();
    expect(closed.sent).toHaveLength(1);
    expect(() => closed.queued).toThrow("The application was closed, and its queue with it");
    const next = await fakeMailer();
    expect(next.app.config.locale).toBe("de");
    await closed.close();
    expect((await openApp()) === next.app).toBe(true);
    await next.close();
  });

  it("is closed at the end of a block that says so", async () => {
    {
      await using mails = await fakeMailer({ templates });
      expect(mails.sent).toEqual([]);
    }
    await openShop();
  });
});

describe("an assertion without a fake mailer", () => {
  it("says how to open one", () => {
    expect(() => assertSent(ShopMailer, "welcome")).toThrow(
      new FakeMailerError(
        "assertSent() needs a fake mailer, and none is open. Open one before the code under test runs: beforeEach(async () => { mails = await fakeMailer(); }).",
      ),
    );
  });
});

describe("a fake mailer per test", () => {
  let mails: Awaited<ReturnType<typeof fakeMailer>>;
  beforeEach(async () => {
    mails = await fakeMailer({ templates });
  });
  afterEach(() => mails.close());

  it.each([1, 2])("begins empty, time %i", async () => {
    expect([mails.sent, mails.queued, mails.failed]).toEqual([[], [], []]);
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
  });
});
