import mongoose from "mongoose";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  InvalidArgumentsError,
  InvalidOptionsError,
  MessageAlreadyBuiltError,
  NamelessMailerError,
  NameTakenError,
  NotAMailActionError,
  UnknownActionError,
  UnstorableValueError,
} from "../../src/errors/errors.ts";
import { registry } from "../../src/jobs/handler.ts";
import { Job } from "../../src/jobs/job.ts";
import { Newsletter } from "../../src/jobs/newsletter.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { type Draft, Mailer } from "../../src/mailers/mailer.ts";
import { deliverAllLater } from "../../src/mailers/message.ts";
import { startApp } from "../support/app.ts";

const { ObjectId } = mongoose.Types;

/** What every object has, what a mailer has beside its actions, and what nothing has. */
const NO_ACTIONS = ["constructor", "__proto__", "toString", "hasOwnProperty", "mail", "delay", "gone"];

function callByName(of: object, name: string): Promise<unknown> {
  return Reflect.apply(Reflect.get(of, name), of, ["a@x.test"]);
}

let runs = 0;

class ProbeActions extends Mailer<{ locale?: string }> {
  async hello(email: string, name = "you", ...more: readonly string[]) {
    runs += 1;
    await Promise.resolve();
    return this.mail({
      to: email,
      locals: { name, more: more.join("+"), locale: this.params.locale ?? "none" },
    });
  }
  rich(
    email: string,
    rich: { at: Date; big: bigint; bytes: Uint8Array; id: mongoose.Types.ObjectId; none?: undefined },
  ) {
    const { at, big, bytes, id } = rich;
    const types = [
      at instanceof Date,
      typeof big,
      bytes instanceof Uint8Array,
      id instanceof ObjectId,
      "none" in rich,
    ];
    return this.mail({
      to: email,
      subject: types.join(" "),
      template: "probe-mailer/hello",
      locals: NO_LOCALS,
    });
  }
  withCallback(email: string, callback: () => string) {
    return this.mail({ to: email, subject: callback(), template: "probe-mailer/hello", locals: NO_LOCALS });
  }
  helper(name: string) {
    return name.length;
  }
  forged() {
    return { to: "x@x.test" } as unknown as Draft;
  }
  protected override defaults() {
    return { headers: { "X-Locale": this.params.locale ?? "none" } };
  }
}

function isPerson(value: unknown): value is { email: string; name: string } {
  return typeof value === "object" && value !== null && "email" in value;
}

const NO_LOCALS = { name: "", more: "", locale: "" };
class SenderActions extends Mailer<{ shop?: string }> {
  hello(to: string) {
    return this.mail({ to, subject: "Hello" });
  }
  protected override defaults() {
    if (this.params.shop === undefined) throw new Error("no shop");
    return { from: { name: "Shop", address: `hello@${this.params.shop}` } };
  }
}

const SenderMailer = mailer(SenderActions, { name: "SenderMailer" });

const ProbeMailer = mailer(ProbeActions, {
  name: "ProbeMailer",
  aliases: ["OldProbeMailer"],
  args: { hello: z.tuple([z.email()], z.string().max(10)) as never },
  upcast: { hello: ([first, ...more]) => (isPerson(first) ? [first.email, first.name] : [first, ...more]) },
  queue: "probe",
  maxAttempts: 7,
});
const templates = {
  "probe-mailer/hello.text.hbs": "Hello {{name}} {{more}} in {{locale}}",
  "probe-mailer/hello.subject.hbs": "Hi {{name}}",
};

describe("a message", () => {
  it("runs nothing until it is asked to, and its action once", async () => {
    const { transport } = await startApp(templates);
    const before = runs;
    const message = ProbeMailer.hello("ann@x.test", "Ann");
    await Promise.resolve();
    expect(runs).toBe(before);
    await message.render();
    await message.render();
    await message.deliver();
    expect(runs).toBe(before + 1);
    expect(transport.sent).toHaveLength(1);
  });

  it("is delivered now", async () => {
    const { transport } = await startApp(templates);
    const delivery = await ProbeMailer.hello("ann@x.test", "Ann", "a", "b").deliver();
    expect(delivery).toMatchObject({ accepted: ["ann@x.test"], rejected: [], response: "250 ok" });
    expect(transport.sent[0]?.mail).toMatchObject({
      messageId: delivery.messageId,
      subject: "Hi Ann",
      text: expect.stringContaining("Hello Ann a+b in none"),
      from: { name: "Sender", address: "sender@x.test" },
      to: [{ name: "", address: "ann@x.test" }],
    });
  });

  it("has one Message-ID, at the sender's domain, however often it is rendered", async () => {
    await startApp(templates);
    const message = ProbeMailer.hello("ann@x.test");
    const { messageId, date } = await message.render();
    expect(messageId).toMatch(/^<[\w-]+@x\.test>$/);
    expect(await message.render()).toMatchObject({ messageId, date });
    expect((await ProbeMailer.hello("ann@x.test").render()).messageId).not.toBe(messageId);
  });

  it("checks its arguments when it is delivered", async () => {
    const { transport } = await startApp(templates);
    await expect(ProbeMailer.hello("nope").deliver()).rejects.toThrow(InvalidArgumentsError);
    await expect(ProbeMailer.hello("nope").deliver()).rejects.toThrow(
      "ProbeMailer.hello was called with arguments that do not fit: args[0]",
    );
    expect(transport.sent).toEqual([]);
  });

  it("takes any argument when it is delivered now", async () => {
    const { transport } = await startApp(templates);
    await ProbeMailer.withCallback("ann@x.test", () => "called").deliver();
    expect(transport.sent[0]?.mail.subject).toBe("called");
  });

  it("cannot be delayed once it is built, and says how to (DJ-108, DJ-111)", async () => {
    const message = ProbeMailer.hello("ann@x.test");
    expect(() => message.delay()).toThrow(MessageAlreadyBuiltError);
    expect(() => message.delay()).toThrow("Use ProbeMailer.delay().hello(...)");
    expect(() => ProbeMailer.with({ locale: "de" }).hello("ann@x.test").delay()).toThrow(
      MessageAlreadyBuiltError,
    );
  });

  it("says why it was not sent, with the outcome", async () => {
    const { transport } = await startApp(templates);
    transport.script.push({ class: "rejected", response: "550 no such user", code: 550 });
    const failing = ProbeMailer.hello("ann@x.test").deliver();
    await expect(failing).rejects.toMatchObject({
      code: "DELIVERY",
      outcome: { class: "rejected", code: 550 },
    });
    await expect(failing).rejects.toThrow("ProbeMailer.hello was not sent: 550 no such user.");
  });

  it.each([
    ["rejected", "trying again changes nothing", false],
    ["deferred", "did not take it this time", true],
    ["throttled", "wants mails to come later", true],
    ["lost", "broke before the mail was handed over", true],
    ["unreachable", "no connection to the mail server", true],
    ["our-fault", "does not accept us", false],
    ["unknown", "it may have arrived", false],
  ] as const)("says truly what can be done where it is %s", async (found, advice, isRetried) => {
    const { transport } = await startApp(templates);
    transport.script.push({ class: found, response: "421 busy" });
    const error: unknown = await ProbeMailer.hello("ann@x.test")
      .deliver()
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(advice);
    expect(String(error).includes("deliverLater()")).toBe(isRetried);
    expect(String(error)).not.toContain("our-fault");
  });
});

describe("a delayed call", () => {
  it("is one job that holds mailer, action, arguments and params (DJ-107, DJ-110)", async () => {
    await startApp(templates);
    const job = await ProbeMailer.with({ locale: "de" }).delay().hello("john@x.test", "John");
    expect(await Job.all().count()).toBe(1);
    expect(job).toBeInstanceOf(Job);
    expect(job.args).toEqual(["john@x.test", "John"]);
    expect(job.params).toEqual({ locale: "de" });
    expect(job.record).toMatchObject({
      handler: "ProbeMailer",
      action: "hello",
      params: { locale: "de" },
      queue: "probe",
      maxAttempts: 7,
      state: "ready",
    });
    expect(job.name).toBe("ProbeMailer.hello");
  });

  it("is performed by calling the action with the arguments and delivering the result (DJ-109)", async () => {
    const { app, transport } = await startApp(templates);
    const job = await ProbeMailer.with({ locale: "de" }).delay().hello("john@x.test", "John", "x");
    expect(transport.sent).toEqual([]);
    expect(await app.worker({ exitOnComplete: true }).run()).toBeUndefined();
    expect(transport.sent).toHaveLength(1);
    expect(transport.sent[0]?.mail).toMatchObject({
      text: expect.stringContaining("Hello John x in de"),
      headers: { "X-Locale": "de" },
      messageId: job.record.meta.messageId,
    });
    expect(await job.reload()).toBeUndefined();
  });

  it("wins with its options over the mailer's, and the mailer's over the defaults", async () => {
    await startApp(templates);
    const expiresAt = new Date(Date.now() + 3_600_000);
    const options = { queue: "q", priority: 3, maxAttempts: 2, expiresAt, uniqueKey: "k", in: "2h" } as const;
    const { record, runAt } = await ProbeMailer.delay(options).hello("john@x.test");
    expect(record).toMatchObject({ queue: "q", priority: 3, maxAttempts: 2, expiresAt, uniqueKey: "k" });
    expect(Math.round((runAt.getTime() - Date.now()) / 60_000)).toBe(120);
  });

  it("checks its arguments when it is stored, so that nothing wrong is kept (DJX-12)", async () => {
    await startApp(templates);
    await expect(ProbeMailer.delay().hello("nope")).rejects.toThrow(InvalidArgumentsError);
    await expect(ProbeMailer.delay().hello("a@x.test", "far too long a name")).rejects.toThrow("args[1]");
    expect(await Job.all().count()).toBe(0);
  });

  it("refuses what cannot be stored at run time too, and names the place", async () => {
    await startApp(templates);
    const untyped = ProbeMailer.delay() as unknown as Record<string, (...args: unknown[]) => Promise<Job>>;
    await expect(untyped.withCallback?.("a@x.test", () => "x")).rejects.toThrow(UnstorableValueError);
    await expect(untyped.withCallback?.("a@x.test", { on: new Map() })).rejects.toThrow(
      "ProbeMailer.withCallback: args[1].on is a Map, which cannot be stored",
    );
    await expect(
      ProbeMailer.with({ locale: (() => "de") as never })
        .delay()
        .hello("a@x.test"),
    ).rejects.toThrow("params.locale is a function");
    expect(await Job.all().count()).toBe(0);
  });

  it("refuses unknown options at run time too", async () => {
    await startApp(templates);
    await expect(ProbeMailer.delay({ when: 1 } as never).hello("a@x.test")).rejects.toThrow(
      InvalidOptionsError,
    );
  });

  it("brings dates, bigints, bytes and ids back as they went in", async () => {
    const { app, transport } = await startApp(templates);
    const rich = {
      at: new Date(),
      big: 2n ** 70n,
      bytes: new Uint8Array([1]),
      id: new ObjectId(),
      none: undefined,
    };
    const job = await ProbeMailer.delay().rich("a@x.test", rich);
    expect(job.args[1]).toStrictEqual(rich);
    await app.worker({ exitOnComplete: true }).run();
    expect(transport.sent[0]?.mail.subject).toBe("true bigint true true true");
  });

  it("gives back the job that has the unique key", async () => {
    await startApp(templates);
    const first = await ProbeMailer.delay({ uniqueKey: "k" }).hello("a@x.test");
    const second = await ProbeMailer.delay({ uniqueKey: "k" }).hello("a@x.test");
    expect([first.isNew, second.isNew, second.id]).toEqual([true, false, first.id]);
  });

  it("that older code stored is turned into one of today (fault 28)", async () => {
    const { app, transport } = await startApp(templates);
    const { record } = await ProbeMailer.delay().hello("a@x.test", "Ann");
    await app.store.remove(record.id);
    // Once, hello took one object.
    await app.store.insert([{ ...record, args: [{ email: "a@x.test", name: "Ann" }] }]);
    await app.worker({ exitOnComplete: true }).run();
    expect(transport.sent[0]?.mail.text).toContain("Hello Ann");
    const [stored] = await app.store.insert([{ ...record, args: [{ address: "a@x.test" }] }]);
    await app.worker({ exitOnComplete: true }).run();
    expect(await app.store.get(stored!.record.id)).toMatchObject({ failReason: "invalid-arguments" });
  });

  it("is found by an older name of its mailer", async () => {
    const { app, transport } = await startApp(templates);
    const { record } = await ProbeMailer.delay().hello("a@x.test");
    await app.store.remove(record.id);
    await app.store.insert([{ ...record, handler: "OldProbeMailer" }]);
    await app.worker({ exitOnComplete: true }).run();
    expect(transport.sent).toHaveLength(1);
  });

  it.each([
    ["helper", "not-a-mail-action"],
    ["forged", "not-a-mail-action"],
    ["defaults", "unknown-action"],
    ["mail", "unknown-action"],
    ["constructor", "unknown-action"],
    ["toString", "unknown-action"],
    ["title", "unknown-action"],
  ])("of something that is no action is refused and kept: %s", async (action, failReason) => {
    const { app, transport } = await startApp(templates);
    const { record } = await ProbeMailer.delay().hello("a@x.test");
    await app.store.remove(record.id);
    await app.store.insert([{ ...record, action }]);
    await app.worker({ exitOnComplete: true }).run();
    expect((await Job.failed().last())?.record).toMatchObject({ failReason, attempts: 1 });
    expect(transport.sent).toEqual([]);
  });

  it("of something unknown is left to others where a deployment may be going on (fault 29)", async () => {
    const { app } = await startApp(templates, { deployGrace: "10m" });
    const { record } = await ProbeMailer.delay().hello("a@x.test");
    await app.store.remove(record.id);
    await app.store.insert([{ ...record, action: "newAction" }]);
    await app.worker({ exitOnComplete: true }).run();
    const [left] = await Job.ready().list();
    expect(left?.record).toMatchObject({ action: "newAction", attempts: 0 });
    expect(left?.lastError).toContain('Nothing registered answers "ProbeMailer.newAction"');
  });

  it("is awaited by mistake without harm", async () => {
    const delayed = await ProbeMailer.delay();
    expect(typeof delayed.hello).toBe("function");
    expect(Object.keys(delayed)).toContain("hello");
  });

  it.each(NO_ACTIONS)("of %s is refused at once, where no compiler looks at it", async (name) => {
    await startApp(templates);
    const delayed = callByName(ProbeMailer.delay(), name);
    await expect(delayed).rejects.toThrow(UnknownActionError);
    await expect(delayed).rejects.toThrow(`There is no ProbeMailer.${name} that can be delayed`);
    const audience = [{ email: "a@x.test" }];
    await expect(callByName(ProbeMailer.broadcast(audience), name)).rejects.toThrow(UnknownActionError);
    expect([await Job.all().count(), (await Newsletter.list()).length]).toEqual([0, 0]);
  });

  it("of a mistyped action names the one that was meant", async () => {
    await expect(callByName(ProbeMailer.delay(), "helo")).rejects.toThrow("Did you mean ProbeMailer.hello?");
  });
});

describe("deliverAllLater", () => {
  it("stores all messages in one write, in order", async () => {
    const { app } = await startApp(templates);
    let writes = 0;
    const insert = app.store.insert.bind(app.store);
    app.store.insert = (...args) => {
      writes += 1;
      return insert(...args);
    };
    const emails = Array.from({ length: 50 }, (_, index) => `u${index}@x.test`);
    const jobs = await deliverAllLater(
      emails.map((email) => ProbeMailer.hello(email)),
      { queue: "bulk" },
    );
    expect(writes).toBe(1);
    expect(jobs.map(({ args }) => args[0])).toEqual(emails);
    expect(await Job.where({ queue: "bulk" }).count()).toBe(50);
  });

  it("stores nothing when one of them does not fit", async () => {
    await startApp(templates);
    await expect(deliverAllLater([ProbeMailer.hello("a@x.test"), ProbeMailer.hello("nope")])).rejects.toThrow(
      InvalidArgumentsError,
    );
    expect(await Job.all().count()).toBe(0);
  });

  it("takes none at all", async () => {
    expect(await deliverAllLater([])).toEqual([]);
  });
});

describe("mailer()", () => {
  it("refuses a name that is taken, with its aliases", () => {
    expect(() => mailer(class extends Mailer {}, { name: "ProbeMailer" })).toThrow(NameTakenError);
    expect(() => mailer(class extends Mailer {}, { name: "OldProbeMailer" })).toThrow(NameTakenError);
  });

  it("refuses a class without a name", () => {
    expect(() => mailer(class extends Mailer {})).toThrow(NamelessMailerError);
  });

  it("refuses an action that would hide a word of the facade", () => {
    class Hiding extends Mailer {
      delay(email: string) {
        return this.mail({ to: email });
      }
    }
    expect(() => mailer(Hiding)).toThrow(InvalidOptionsError);
    expect(registry.names()).not.toContain("Hiding");
  });

  it("has an error for a method that returns no mail", async () => {
    await startApp(templates);
    const untyped = ProbeMailer as unknown as { helper(name: string): { render(): Promise<unknown> } };
    await expect(untyped.helper("x").render()).rejects.toThrow(NotAMailActionError);
  });
});

describe("jobs", () => {
  it("are asked for as on a console: the last failed one, its error, retry, remove", async () => {
    const { app, transport } = await startApp(templates);
    transport.script.push(
      { class: "rejected", response: "550 first" },
      { class: "rejected", response: "550 second" },
    );
    await ProbeMailer.delay().hello("a@x.test");
    await app.worker({ exitOnComplete: true }).run();
    await ProbeMailer.delay().hello("b@x.test");
    await app.worker({ exitOnComplete: true }).run();
    expect(await Job.failed().count()).toBe(2);
    const last = await Job.failed().last();
    expect(last?.lastError).toContain("550 second");
    expect(last?.args[0]).toBe("b@x.test");
    await last?.retry();
    await app.worker({ exitOnComplete: true }).run();
    expect(transport.sent).toHaveLength(1);
    await (await Job.failed().first())?.remove();
    expect(await Job.all().count()).toBe(0);
    await expect(last?.retry()).rejects.toThrow(/is gone/);
  });

  it("are iterated beyond a page", async () => {
    await startApp(templates);
    await deliverAllLater(Array.from({ length: 250 }, () => ProbeMailer.hello("a@x.test")));
    const ids = new Set<string>();
    for await (const { id } of Job.ready()) ids.add(id);
    expect(ids.size).toBe(250);
  });
});

describe("sending to several people", () => {
  it("tries only those again whom the server put off", async () => {
    class TeamActions extends Mailer {
      note(to: string[]) {
        return this.mail({ to, subject: "Note", template: "probe-mailer/hello", locals: NO_LOCALS });
      }
    }
    const TeamMailer = mailer(TeamActions, { name: "TeamMailer", backoff: () => 0 });
    const { app, transport } = await startApp(templates);
    const refused = [{ address: "b@x.test", class: "deferred", response: "450 busy" }] as const;
    transport.script.push({ class: "sent", accepted: ["a@x.test"], refused });
    await TeamMailer.delay().note(["a@x.test", "b@x.test"]);
    await app.worker({ exitOnComplete: true }).run();
    expect(transport.sent.map(({ recipients }) => recipients)).toEqual([
      ["a@x.test", "b@x.test"],
      ["b@x.test"],
    ]);
    const [first, second] = transport.sent;
    expect(second?.mail.messageId).toBe(first?.mail.messageId);
    expect(await Job.all().count()).toBe(0);
  });

  it("has the domain of the sender that its mailer's defaults() name in its Message-ID, wherever it is made", async () => {
    const { app, transport } = await startApp({ "sender-mailer/hello.text.hbs": "Hello" });
    const job = await SenderMailer.with({ shop: "harbour.test" }).delay().hello("ann@x.test");
    expect(job.record.meta.messageId).toMatch(/@harbour\.test>$/);
    await app.worker().workOff();
    await SenderMailer.with({ shop: "market.test" }).hello("ann@x.test").deliver();
    expect(transport.sent.map(({ mail: { messageId } }) => messageId.split("@")[1])).toEqual([
      "harbour.test>",
      "market.test>",
    ]);
    await expect(SenderMailer.hello("ann@x.test").deliverLater()).resolves.toMatchObject({ isNew: true });
  });
});
