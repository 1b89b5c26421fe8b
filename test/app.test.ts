import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import {
  arrangement,
  close,
  configure,
  configureWithin,
  isOpen,
  openApp,
  restoreArrangement,
} from "../src/current-app.ts";
import { ConfigurationError } from "../src/errors.ts";
import { App } from "../src/open-app.ts";
import { aJob } from "./support/jobs.ts";

const NINE = Date.parse("2026-03-01T09:00:00Z");

afterEach(async () => {
  await close();
  configure({});
});

describe("an application that is told its surroundings", () => {
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
    const earlier = arrangement();
    configure({ sqlite: ":memory:", locale: "fr" });
    restoreArrangement(earlier);
    expect((await openApp()).config.locale).toBe("de");
  });
});
