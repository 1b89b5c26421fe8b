import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import {
  close,
  configSnapshot,
  configure,
  configureWithin,
  isOpen,
  openApp,
  restoreConfig,
} from "../../src/app/current-app.ts";
import { App } from "../../src/app/open-app.ts";
import type { Settings } from "../../src/config/settings.ts";
import { ConfigurationError } from "../../src/errors/errors.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { MemoryTransport } from "../../src/transports/memory-transport.ts";
import { aJob } from "../support/jobs.ts";
import { setupTemplates } from "../support/templates.ts";

class ParcelActions extends Mailer {
  arrived(email: string) {
    return this.mail({ to: email, subject: "Arrived" });
  }
}

const ParcelMailer = mailer(ParcelActions, { name: "ParcelMailer" });

const NINE = Date.parse("2026-03-01T09:00:00Z");

afterEach(async () => {
  await close();
  configure({});
});

describe("a mail that is delivered now, where no store can be opened", () => {
  const noStore = async (settings: Settings = {}) => {
    const transport = new MemoryTransport();
    const { folder: templates } = await setupTemplates({ "parcel-mailer/arrived.text.hbs": "It is here" });
    configure({ transport, templates, from: "shop@x.test", sqlite: "/dev/null/store.sqlite", ...settings });
    return transport;
  };

  it("is sent, and what is stored says why it cannot be", async () => {
    const transport = await noStore();
    const { accepted } = await ParcelMailer.arrived("ann@x.test").deliver();
    expect(accepted).toEqual(["ann@x.test"]);
    expect(await ParcelMailer.arrived("bob@x.test").render()).toMatchObject({ subject: "Arrived" });
    expect(transport.sent).toHaveLength(1);
    await expect(ParcelMailer.delay().arrived("ann@x.test")).rejects.toThrow(
      "The SQLite file /dev/null/store.sqlite cannot be opened",
    );
    expect(isOpen()).toBe(true);
    await close();
    expect(isOpen()).toBe(false);
  });

  it("is not sent past a rate that all processes share: nobody knows what is left of it", async () => {
    const transport = await noStore({ rate: "1/1m" });
    const sending = ParcelMailer.arrived("ann@x.test").deliver();
    await expect(sending).rejects.toThrow(/store\.sqlite cannot be opened/);
    expect(transport.sent).toEqual([]);
  });
});

describe("an application that is told its dependencies", () => {
  it("reads that environment, and not the process's", async () => {
    const app = await App.open({ sqlite: ":memory:" }, { env: { MAIL_FROM: "shop@x.test" } });
    onTestFinished(() => app.close());
    expect(app.config.from?.address).toBe("shop@x.test");
  });

  it("goes by that clock when jobs are stored, due and performed", async () => {
    let now = NINE;
    const app = await App.open({ sqlite: ":memory:" }, { now: () => now });
    onTestFinished(() => app.close());
    const runAt = new Date(NINE + 3_600_000);
    const [stored] = await app.store.insert([aJob({ runAt })]);
    expect(stored?.record.createdAt).toEqual(new Date(NINE));

    const worker = app.worker();
    onTestFinished(() => worker.close());
    expect(await worker.workOff()).toEqual({ succeeded: 0, failed: 0 });
    now = runAt.getTime();
    expect(await worker.workOff()).toEqual({ succeeded: 0, failed: 1 });
    expect((await app.store.find({ state: "failed" }))[0]?.failedAt).toEqual(runAt);
  });

  it("is checked at once, and keeps what it was given before when that does not do", async () => {
    configure({ sqlite: ":memory:", locale: "de" });
    const env = { DELAYED_MAILER_LOCALE: "no language" };
    expect(() => configureWithin({ sqlite: ":memory:" }, { env })).toThrow(ConfigurationError);
    expect(isOpen()).toBe(false);
    expect((await openApp()).config.locale).toBe("de");
    expect(isOpen()).toBe(true);
  });

  it("can be given back what it was given before", async () => {
    configure({ sqlite: ":memory:", locale: "de" });
    const earlier = configSnapshot();
    configure({ sqlite: ":memory:", locale: "fr" });
    restoreConfig(earlier);
    expect((await openApp()).config.locale).toBe("de");
  });
});

describe("two applications in one process", () => {
  it("send each through its own transport: single mails and newsletters", async () => {
    const { folder } = await setupTemplates({ "parcel-mailer/arrived.text.hbs": "Arrived" });
    const settings = { sqlite: ":memory:", templates: folder, from: "shop@x.test" };
    const theirs = new MemoryTransport();
    configure({ ...settings, transport: theirs });
    await openApp();
    const ours = new MemoryTransport();
    const own = await App.open({ ...settings, transport: ours });
    onTestFinished(() => own.close());

    const call = ParcelMailer.arrived("ann@x.test");
    await own.post([{ call, options: {} }]);
    await own.broadcast({
      ...{ audience: ["bob@x.test"], options: {}, handler: "ParcelMailer", action: "arrived" },
      ...{ args: [], params: {} },
    });
    const worker = own.worker();
    onTestFinished(() => worker.close());
    expect(await worker.workOff()).toEqual({ succeeded: 2, failed: 0 });
    const sent = ours.sent.map(({ mail }) => mail.to[0]?.address).sort();
    expect(sent).toEqual(["ann@x.test", "bob@x.test"]);
    expect(theirs.sent).toEqual([]);
  });
});
