import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  anything,
  assertNothingQueued,
  assertNotQueued,
  assertQueued,
  assertQueuedCount,
  where,
} from "../../src/testing/index.ts";
import { openShop, ShopMailer, textOf } from "./shop.ts";

const NINE = new Date("2050-03-01T09:00:00Z");

function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-01T08:00:00Z") });
  onTestFinished(() => void vi.useRealTimers());
}

describe("assertQueued", () => {
  it("holds for a call that waits, with its arguments, and with how it is queued", async () => {
    await openShop();
    await ShopMailer.with({ locale: "de", company: "Harbour" })
      .delay({ in: "2h", queue: "mail", priority: -5, uniqueKey: "welcome:7", maxAttempts: 3 })
      .welcome("ann@example.com", "Ann");
    await ShopMailer.delay({ at: NINE, expiresAt: NINE }).remind("ann@example.com", NINE, 10n, { items: [] });
    assertQueued(ShopMailer, "welcome");
    assertQueued(ShopMailer, "welcome", ["ann@example.com", "Ann"], {
      queue: "mail",
      priority: -5,
      in: "2h",
      uniqueKey: /^welcome:/,
      maxAttempts: 3,
      locale: "de",
      params: { company: "Harbour" },
      times: 1,
    });
    assertQueued(ShopMailer, "remind", ["ann@example.com", NINE, 10n, { items: [] }], {
      runAt: NINE,
      expiresAt: NINE,
    });
    assertQueued(ShopMailer, "remind", { runAt: where((at: Date) => at.getUTCHours() === 9) });
    assertQueued(ShopMailer, "remind", (job) => job.args[2] === 10n && job.queue === "default");
    assertNotQueued(ShopMailer, "welcome", ["ann@example.com", "Anne"]);
    assertQueuedCount(2);
  });

  it("does not find what was sent, cancelled, or put in place of another", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    const job = await ShopMailer.delay().welcome("bob@example.com", "Bob");
    await job.cancel();
    assertNothingQueued();
    const delay = () => ShopMailer.delay({ uniqueKey: "k", onConflict: "replace" });
    await delay().welcome("cy@example.com", "Cy");
    await delay().welcome("cy@example.com", "Cyrus");
    assertQueued(ShopMailer, "welcome", ["cy@example.com", anything()], { times: 1 });
    assertQueued(ShopMailer, "welcome", [anything(), "Cyrus"]);
  });
});

describe("a failed assertQueued", () => {
  it("lists what is in the queue, and says in what the nearest of it differs", async () => {
    stopTheClock();
    await openShop();
    await ShopMailer.delay({ in: "2h", priority: 5, uniqueKey: "k" }).welcome("ann@example.com", "Ann");
    await ShopMailer.with({ company: "Harbour" }).delay().welcome("bob@example.com", "Bob");
    await ShopMailer.broadcast([{ email: "ann@example.com", name: "Ann" }], { key: "7" }).weekly(7);
    const text = textOf(() =>
      assertQueued(ShopMailer, "welcome", ["bob@example.com", "Bob"], {
        queue: "mail",
        priority: 1,
        runAt: NINE,
        uniqueKey: "k",
        locale: "de",
        params: { company: "Port" },
      }),
    );
    expect(text).toMatchInlineSnapshot(`
      "Expected this call to be in the queue:
        ShopMailer.welcome("bob@example.com", "Bob")
          queue: "mail"
          priority: 1
          runAt: new Date("2050-03-01T09:00:00.000Z")
          uniqueKey: "k"
          locale: "de"
          params: { company: "Port" }

      3 calls are in the queue:
        1. ShopMailer.welcome("ann@example.com", "Ann") in queue "default", priority 5, unique key "k", due in 2h
        2. ShopMailer.with({ company: "Harbour" }).welcome("bob@example.com", "Bob") in queue "default"
        3. a chunk of a newsletter in queue "newsletters", priority 10

      The nearest is 2, but for:
        params.company: "Harbour" instead of "Port"
        queue: "default" instead of "mail"
        priority: 0 instead of 1
        runAt: new Date("2026-03-01T08:00:00.000Z") instead of new Date("2050-03-01T09:00:00.000Z")
        uniqueKey: undefined instead of "k"
        locale: undefined instead of "de""
    `);
  });

  it("says when a call is due, and not to the millisecond", async () => {
    stopTheClock();
    await openShop();
    await ShopMailer.delay({ in: "3h" }).welcome("ann@example.com", "Ann");
    const text = textOf(() => assertQueued(ShopMailer, "welcome", { in: "2h" }));
    expect(text).toMatchInlineSnapshot(`
      "Expected this call to be in the queue:
        ShopMailer.welcome
          in: "2h"

      1 call is in the queue:
        1. ShopMailer.welcome("ann@example.com", "Ann") in queue "default", due in 3h

      The nearest is 1, but for:
        in: 3h (10800 s) instead of "2h""
    `);
    assertQueued(ShopMailer, "welcome", { in: "180.1 minutes" });
    assertNotQueued(ShopMailer, "welcome", { in: "181m" });
    expect(() => assertQueued(ShopMailer, "welcome", { in: "soon" as "2h" })).toThrow(
      "in of the expected call: must be milliseconds",
    );
  });

  it("says that the call was performed already", async () => {
    await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(textOf(() => assertQueued(ShopMailer, "welcome"))).toMatchInlineSnapshot(`
      "Expected this call to be in the queue:
        ShopMailer.welcome

      The queue is empty.

      Such a mail was sent: assertSent() looks among those."
    `);
  });

  it("says of a call that is tried again what it failed with", async () => {
    const mails = await openShop();
    mails.transport.script.push({ class: "deferred", response: "451 come back later" });
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
    const worker = mails.app.worker();
    await worker.workOff();
    await worker.close();
    const text = textOf(() => assertNothingQueued());
    expect(text.replace(/due in \w+/, "due in …")).toMatchInlineSnapshot(`
      "Expected the queue to be empty.

      1 call is in the queue:
        1. ShopMailer.welcome("ann@example.com", "Ann") in queue "default", due in …, tried once: RetryLater: 451 come back later"
    `);
  });
});

describe("assertNotQueued and assertQueuedCount", () => {
  it("say what is in the queue", async () => {
    await openShop();
    await ShopMailer.delay().welcome("ann@example.com", "Ann");
    expect(textOf(() => assertNotQueued(ShopMailer, "welcome"))).toMatchInlineSnapshot(`
      "Expected this call not to be in the queue:
        ShopMailer.welcome

      1 call is in the queue:
        1. ShopMailer.welcome("ann@example.com", "Ann") in queue "default"

      That is 1."
    `);
    expect(textOf(() => assertQueuedCount(2))).toMatchInlineSnapshot(`
      "Expected 2 calls to be in the queue.

      1 call is in the queue:
        1. ShopMailer.welcome("ann@example.com", "Ann") in queue "default""
    `);
    expect(() =>
      (assertNotQueued as (...asked: unknown[]) => void)(ShopMailer, "welcome", { subject: "x" }),
    ).toThrow(
      "it knows no subject; it knows queue, priority, runAt, in, uniqueKey, expiresAt, maxAttempts, locale, id, params, times",
    );
  });
});
