import { describe, expect, it } from "vitest";
import { openApp } from "../../src/app/current-app.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { UnknownTransportError } from "../../src/errors/errors.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";
import { startApp } from "../support/app.ts";

class PlainActions extends Mailer {
  hello(email: string, transport?: string) {
    return this.mail({ to: email, subject: "Hi", template: "hello", ...(transport && { transport }) });
  }
}
class BulkActions extends PlainActions {
  static override transport = "bulk";
}
class DefaultsActions extends BulkActions {
  protected override defaults() {
    return { transport: "backup" };
  }
}
const PlainMailer = mailer(PlainActions, { name: "PlainMailer" });
const BulkMailer = mailer(BulkActions, { name: "BulkMailer" });
const DefaultsMailer = mailer(DefaultsActions, { name: "DefaultsMailer" });

async function setup(settings = {}) {
  const [main, bulk, backup] = [new MemoryTransport(), new MemoryTransport(), new MemoryTransport()];
  const transports = { main, bulk: { transport: bulk }, backup, both: { failover: ["main", "backup"] } };
  const { app } = await startApp(
    { "hello.text.hbs": "Hello" },
    { ...({ transport: undefined } as object), transports, ...settings },
  );
  const sent = () => ({ main: main.sent.length, bulk: bulk.sent.length, backup: backup.sent.length });
  return { app, main, sent };
}

describe("a mail goes through", () => {
  it("the first transport where nobody names one", async () => {
    const { sent } = await setup();
    await PlainMailer.hello("a@x.test").deliver();
    expect(sent()).toEqual({ main: 1, bulk: 0, backup: 0 });
  });

  it("the one the configuration says, where nobody names one", async () => {
    const { sent } = await setup({ transport: "backup" });
    await PlainMailer.hello("a@x.test").deliver();
    expect(sent()).toEqual({ main: 0, bulk: 0, backup: 1 });
  });

  it("its mailer's, that of the mailer's defaults, or its own", async () => {
    const { app, sent } = await setup();
    await BulkMailer.hello("a@x.test").deliver();
    expect(sent()).toEqual({ main: 0, bulk: 1, backup: 0 });
    await DefaultsMailer.delay().hello("a@x.test");
    await app.worker().workOff();
    expect(sent()).toEqual({ main: 0, bulk: 1, backup: 1 });
    await BulkMailer.hello("a@x.test", "main").deliver();
    expect(sent()).toEqual({ main: 1, bulk: 1, backup: 1 });
  });

  it("its mailer's, when it is a newsletter", async () => {
    const { app, sent } = await setup();
    await BulkMailer.broadcast(["a@x.test", "b@x.test"]).hello();
    await app.worker().workOff();
    expect(sent()).toEqual({ main: 0, bulk: 2, backup: 0 });
  });

  it("the one an interceptor chooses", async () => {
    const { sent } = await setup({ interceptors: [() => ({ transport: "bulk" })] });
    await PlainMailer.hello("a@x.test").deliver();
    expect(sent()).toEqual({ main: 0, bulk: 1, backup: 0 });
  });

  it("a failover of named ones, each behind a breaker of its own", async () => {
    const { app, main, sent } = await setup();
    const changes: string[] = [];
    app.events.on("transport.changed", ({ transport, open }) => changes.push(`${transport} ${open}`));
    main.script.push({ class: "our-fault", response: "535 no" });
    for (let time = 0; time < 3; time++) await PlainMailer.hello("a@x.test", "both").deliver();
    expect(sent()).toEqual({ main: 0, bulk: 0, backup: 3 });
    expect(changes).toEqual(["main (memory) true"]);
    await BulkMailer.hello("a@x.test").deliver();
    expect(sent().bulk).toBe(1);
    // The failover and the plain name are one transport, with one breaker.
    await expect(PlainMailer.hello("a@x.test").deliver()).rejects.toThrow("535 no");
  });
});

describe("a transport that is not there", () => {
  it("fails the mail at once, and says what there is", async () => {
    const { app } = await setup();
    const message = PlainMailer.hello("a@x.test", "bluk");
    await expect(message.deliver()).rejects.toThrow(UnknownTransportError);
    await expect(message.deliver()).rejects.toThrow("Known: main, bulk, backup, both.");
    const job = await message.deliverLater();
    await app.worker().workOff();
    expect((await Job.find(job.id))?.record.failReason).toBe("unknown-transport");
  });

  it("stops a newsletter's chunk, whose job can be tried again when the transport is there", async () => {
    const { app } = await setup();
    const issue = await PlainMailer.broadcast(["a@x.test", "b@x.test"]).hello("bluk");
    await app.worker().workOff();
    expect(await issue.progress()).toMatchObject({ state: "finished", failed: 2, invalid: 0 });
    expect((await Job.failed().last())?.record.failReason).toBe("unknown-transport");
  });
});

describe("a queue of mails for several transports", () => {
  const pausedQueues = async (settings: object, ...names: readonly string[]) => {
    const { app, main, sent } = await setup(settings);
    const paused: string[] = [];
    app.events.on("queue.paused", ({ queue }) => paused.push(queue));
    main.script.push({ class: "our-fault", response: "535 no" });
    for (const name of names) await PlainMailer.delay().hello("a@x.test", name);
    await app.worker({ concurrency: 1 }).workOff();
    return { paused, sent: sent() };
  };

  it("goes on for the others when one of them is down", async () => {
    const { paused, sent } = await pausedQueues({}, "main", "bulk");
    expect(paused).toEqual([]);
    expect(sent).toEqual({ main: 0, bulk: 1, backup: 0 });
  });

  it("rests when all of them are down", async () => {
    const main = new MemoryTransport();
    const backup = new MemoryTransport();
    const { app } = await startApp(
      { "hello.text.hbs": "Hello" },
      {
        ...({ transport: undefined } as object),
        transports: { main, backup, both: { failover: ["main", "backup"] } },
        transport: "both",
      },
    );
    const paused: string[] = [];
    app.events.on("queue.paused", ({ queue }) => paused.push(queue));
    for (const member of [main, backup]) member.script.push({ class: "unreachable" });
    await PlainMailer.delay().hello("a@x.test");
    await app.worker().workOff();
    expect(paused).toEqual(["default"]);
  });

  it("goes on when a newsletter's transport is down, and the newsletter waits", async () => {
    const { app, main, sent } = await setup();
    const paused: string[] = [];
    app.events.on("queue.paused", ({ queue }) => paused.push(queue));
    main.script.push({ class: "our-fault" });
    const first = await PlainMailer.broadcast(["a@x.test"]).hello("main");
    const second = await PlainMailer.broadcast(["a@x.test"]).hello("bulk");
    await app.worker({ concurrency: 1 }).workOff();
    expect(paused).toEqual([]);
    expect(sent().bulk).toBe(1);
    expect((await first.progress()).pending).toBe(1);
    expect((await second.progress()).state).toBe("finished");
  });
});

describe("the transports of a configuration", () => {
  const problems = (transports: object, more = {}) => {
    try {
      resolveConfig({ transports: transports as never, ...more }, {});
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };

  it("are read from URLs, without opening anything", async () => {
    const { app } = await setup({
      transports: {
        main: "smtp://ann:secret@127.0.0.1:9?connections=7",
        files: "inbox:.mails",
        kept: { url: "memory:" },
        log: "stream:stderr",
        all: { roundRobin: ["main", "kept"] },
      },
    });
    expect([...app.transports.single.values()].map(({ name }) => name)).toEqual([
      "main (smtp://127.0.0.1:9)",
      "files (the inbox folder .mails)",
      "kept (memory)",
      "log (stderr)",
    ]);
    expect(app.transports.connections).toBe(12);
  });

  it.each<[string, object, RegExp]>([
    ["a password that is not escaped", { main: "smtp://a:se#cret@host" }, /the transport "main"(?!.*cret)/s],
    ["an unknown scheme", { main: "sendmail:" }, /"main".*must look like/s],
    ["an unknown option", { main: { url: "memory:", fast: true } }, /"main".*fast/s],
    [
      "two kinds at once",
      { main: { url: "memory:", failover: ["main"] } },
      /one of url, transport, failover/,
    ],
    ["nothing at all", {}, /at least one/],
    ["an empty object", { main: {} }, /one of url, transport, failover/],
    ["an object that cannot send", { main: { transport: {} } }, /must have send\(\)/],
    [
      "a member that is not there",
      { main: "memory:", both: { failover: ["main", "bluk"] } },
      /no transport "bluk"/,
    ],
    ["a member twice", { main: "memory:", both: { roundRobin: ["main", "main"] } }, /"main" twice/],
    [
      "a circle",
      { a: { failover: ["b"] }, b: { roundRobin: ["a"] } },
      /"a": leads back to itself: a → b → a/,
    ],
    ["a rate that is none", { main: { url: "memory:", rate: "fast" } }, /"main".*must look like "100\/1m"/s],
    ["a wait without a rate", { main: { url: "memory:", maxWait: "1s" } }, /"main".*without a rate/s],
    ["a wait that is none", { main: { url: "memory:", rate: "1/s", maxWait: "soon" } }, /"main": maxWait/],
    [
      "a rate of several together",
      { main: "memory:", both: { failover: ["main"], rate: "1/s" } },
      /"both": limit its members/,
    ],
    ["a name that is none", { "a b": "memory:" }, /letters, digits/],
  ])("are refused for %s", (_, transports, problem) => {
    expect(problems(transports)).toMatch(problem);
  });

  it("say which is the default, by configuration or environment", () => {
    expect(problems({ main: "memory:" }, { transport: "bluk" })).toMatch(/no transport "bluk"/);
    expect(problems({ main: "memory:" }, { smtpUrl: "smtp://host" })).toMatch(/not both/);
    expect(problems({ main: "memory:" }, { rate: "1/s" })).toMatch(/each has its own/);
    expect(() => resolveConfig({ rate: "fast" }, {})).toThrow(/DELAYED_MAILER_RATE \(rate\).*100\/1m/);
    const env = { DELAYED_MAILER_TRANSPORT: "bulk", NODE_ENV: "production" };
    const config = resolveConfig({ transports: { main: "memory:", bulk: "memory:" } }, env);
    expect(config.transport).toBe("bulk");
  });

  it("are all closed with the application", async () => {
    const closed: string[] = [];
    const closing = (name: string) =>
      Object.assign(new MemoryTransport(), { close: async () => void closed.push(name) });
    await setup({ transports: { a: closing("a"), b: closing("b"), both: { failover: ["a", "b"] } } });
    const app = await openApp();
    await app.close();
    expect(closed.sort()).toEqual(["a", "b"]);
  });
});
