import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  erase,
  InvalidMailError,
  Job,
  Mailer,
  mailer,
  Newsletter,
  PermanentFailure,
} from "../../src/index.ts";
import { Mentions } from "../../src/privacy/mentions.ts";
import { InboxTransport } from "../../src/transports/inbox-transport.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";
import { eventually } from "../support/eventually.ts";

class LetterActions extends Mailer {
  hello(email: string) {
    if (email.startsWith("broken")) throw new PermanentFailure("No");
    return this.mail({ to: email, subject: "Hello" });
  }
  byId(id: number) {
    if (id > 0) throw new PermanentFailure("550 <Ann@Example.com> is unknown here");
    return this.mail({ to: "nobody@example.com", subject: "Hello" });
  }
  weekly(person: { email: string }) {
    if (person.email.startsWith("bad")) throw new PermanentFailure(`no mail for ${person.email}`);
    return this.mail({ to: person.email, subject: "News" });
  }
}
const LetterMailer = mailer(LetterActions, { name: "ErasingMailer" });

const TEMPLATES = {
  "erasing-mailer/hello.text.hbs": "Hello",
  "erasing-mailer/weekly.text.hbs": "News",
};
const NOTHING = {
  jobs: { removed: 0, cancelled: 0, blanked: 0 },
  newsletters: { recipients: 0, answers: 0, refusals: 0 },
  batches: 0,
  files: 0,
};

describe.each(BOTH_STORES)("erase() on %s", (_, settingsOf) => {
  const start = async (more = {}) => {
    const inbox = join(mkdtempSync(join(tmpdir(), "delayed-mailer-erase-")), "inbox");
    return { inbox, ...(await startApp(TEMPLATES, { ...(await settingsOf()), inbox, ...more })) };
  };

  it("removes jobs that say the address, waiting, failed and done, and leaves the others", async () => {
    const { app } = await start({ retention: "1h" });
    await LetterMailer.delay().hello("ann@example.com");
    await LetterMailer.delay().hello("broken-ann@example.com");
    await app.worker().workOff();
    await LetterMailer.delay({ in: "1h" }).hello("ANN@example.com");
    await LetterMailer.delay({ in: "1h", uniqueKey: "hello:ann@example.com" }).hello("x@example.com");
    await LetterMailer.delay({ in: "1h" }).hello("joann@example.com");
    expect(await erase("ann@example.com")).toEqual({
      ...NOTHING,
      jobs: { removed: 3, cancelled: 0, blanked: 0 },
    });
    const left = await Job.all().list();
    expect(left.map(({ state, args }) => [state, args[0]]).toSorted()).toEqual([
      ["failed", "broken-ann@example.com"],
      ["ready", "joann@example.com"],
    ]);
    expect(await erase("broken-ann@example.com")).toMatchObject({ jobs: { removed: 1 } });
    expect(await erase("ann@example.com")).toEqual(NOTHING);
  });

  it("goes through more jobs than one page has", async () => {
    const { app } = await start();
    await app.store.insert(
      Array.from({ length: 450 }, (__, index) => ({
        id: index.toString(16).padStart(24, "0"),
        ...{ handler: "ErasingMailer", action: "hello", params: {}, meta: {}, queue: "q", priority: 0 },
        args: [index % 3 === 0 ? "ann@example.com" : "bob@example.com"],
        maxAttempts: 1,
      })),
    );
    expect(await erase("Ann <ann@example.com>")).toMatchObject({ jobs: { removed: 150 } });
    expect(await app.store.count({})).toBe(300);
  });

  it("blanks what a job ended with, where its call does not say the address", async () => {
    const { app } = await start();
    await LetterMailer.delay().byId(7);
    await app.worker().workOff();
    expect(await erase("ann@example.com")).toMatchObject({ jobs: { removed: 0, blanked: 1 } });
    const failed = await Job.failed().first();
    expect(failed?.lastError).toContain("550 <[erased]> is unknown here");
    expect(failed?.errors).toMatchObject([
      { attempt: 1, error: expect.stringContaining("550 <[erased]> is unknown here") },
    ]);
  });

  it("takes a running job from its worker", async () => {
    const { app } = await start();
    await LetterMailer.delay().hello("ann@example.com");
    const [job] = await app.store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 60_000 });
    expect(await erase("ann@example.com")).toMatchObject({ jobs: { removed: 0, cancelled: 1 } });
    expect(await app.store.extend([{ id: job!.id, token: "t" }], 1_000)).toHaveLength(1);
  });

  it("blanks rows of newsletters and servers' answers; counts stay, and who waited gets nothing", async () => {
    const { app, transport } = await start();
    const people = ["ann", "bad-ann", "bob"].map((name) => ({ email: `${name}@example.com` }));
    const old = await LetterMailer.broadcast(people, { key: "old" }).weekly();
    await app.worker().workOff();
    const before = await old.progress();
    const next = await LetterMailer.broadcast(people, { key: "next" }).weekly();
    expect(await erase("ann@example.com")).toMatchObject({ newsletters: { recipients: 2 } });
    const gone = await erase("bad-ann@example.com");
    expect(gone.newsletters).toEqual({ recipients: 2, answers: 1, refusals: 0 });
    expect(await old.progress()).toEqual(before);
    transport.sent.length = 0;
    await app.worker().workOff();
    expect(transport.sent.map(({ recipients }) => recipients[0])).toEqual(["bob@example.com"]);
    expect(await next.progress()).toMatchObject({ sent: 1, stopped: 2, state: "finished" });
    const told: unknown[] = [];
    for (const { key } of await Newsletter.list())
      for await (const each of (await Newsletter.find(key))!.outcomes()) told.push(each);
    expect(JSON.stringify(told)).not.toContain("ann@example.com");
    expect(JSON.stringify(told)).toContain("no mail for [erased]");
    expect(await erase("ann@example.com")).toEqual(NOTHING);
  });

  it("finds the address in encrypted jobs too", async () => {
    const keys = [{ id: "k", key: Buffer.alloc(32, 7).toString("base64") }];
    await start({ encryptionKeys: keys });
    await LetterMailer.delay().hello("ann@example.com");
    expect(await erase("ann@example.com")).toMatchObject({ jobs: { removed: 1 } });
  });

  it("removes mails to the address, and those that say it, from the inbox folder", async () => {
    const { app, inbox } = await start();
    const mails = new InboxTransport({ folder: inbox });
    for (const email of ["ann@example.com", "joann@example.com", "bob@example.com"])
      await mails.send(await app.render(LetterMailer.hello(email)));
    expect(await erase("ann@example.com")).toMatchObject({ files: 1 });
    expect(readdirSync(inbox)).toHaveLength(2);
  });

  it("tells of it without the address", async () => {
    const { app } = await start();
    const events: unknown[] = [];
    app.events.on("address.erased", (event) => events.push(event));
    await LetterMailer.delay().hello("ann@example.com");
    await erase("ann@example.com");
    expect(events).toEqual([{ jobs: 1, recipients: 0, files: 0 }]);
  });

  it.each(["", "ann", "ann@example.com, bob@example.com"])("refuses %j", async (address) => {
    await start();
    await expect(erase(address)).rejects.toThrow(InvalidMailError);
  });
});

describe("failed jobs", () => {
  it.each(BOTH_STORES)(
    "are removed by a worker when they were kept for long enough, on %s",
    async (_, of) => {
      const { app } = await startApp(TEMPLATES, { ...(await of()), failedRetention: 1 });
      await LetterMailer.delay().hello("broken@example.com");
      await app.worker().workOff();
      const failedAt = (await Job.failed().first())?.failedAt?.getTime() ?? Number.NaN;
      await eventually("the clock moved on", () => Date.now() > failedAt + 100);
      const worker = app.worker();
      const running = worker.run();
      await eventually("the failed job is gone", async () => (await Job.failed().count()) === 0);
      worker.stop();
      await running;
    },
  );
});

describe("an address", () => {
  it.each([
    ["ann@example.com", true],
    ["to:ANN@EXAMPLE.COM.", true],
    ["<ann@example.com>", true],
    ["key:ann@example.com:7", true],
    ["joann@example.com", false],
    ["a.ann@example.com", false],
    ["ann@example.com.au", false],
    ["ann@example.community", false],
    ["annXexample.com", false],
  ])("is found in %j: %s", (text, isThere) => {
    expect(new Mentions("ann@example.com").isIn({ deep: [text] })).toBe(isThere);
    expect(new Mentions("ann@example.com").isIn({ [text]: 1 })).toBe(isThere);
  });
});
