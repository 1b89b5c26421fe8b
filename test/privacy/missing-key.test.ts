import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { close } from "../../src/app/current-app.ts";
import { main } from "../../src/cli/main.ts";
import {
  batch,
  delayable,
  EraseIncompleteError,
  erase,
  Job,
  job,
  Mailer,
  mailer,
  Newsletter,
  SealedPayloadError,
  UnstorableValueError,
} from "../../src/index.ts";
import { shownArguments } from "../../src/web/dashboard/redaction.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";
import { collected } from "../support/cli.ts";

const key = (id: string) => ({ id, key: randomBytes(32).toString("base64") });
const [OLD, NEW] = [key("old"), key("new")];
const MISSING = 'encrypted with the key "old", which is not among encryptionKeys';
const OTHER_KEY = 'encrypted with a key "old" that is not the one in encryptionKeys';

class SealedActions extends Mailer {
  hello(to: string) {
    return this.mail({ to, subject: "Hello", text: "Hello" });
  }
  weekly(person: { email: string }) {
    return this.mail({ to: person.email, subject: "News", text: "News" });
  }
}
const SealedMailer = mailer(SealedActions, { name: "SealedMailer" });

const performed: string[] = [];

const Note = job("sealed.Note", {
  args: z.tuple([z.string()]),
  keepResult: "1h",
  perform: (text) => `${performed.push(text)}: ${text}`,
});

class Account {
  static close(reason: string) {
    performed.push(reason);
  }
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
  rename(name: string) {
    performed.push(name);
  }
}
const Accounts = delayable(Account, {
  name: "sealed.Account",
  idOf: ({ id }) => id,
  find: (id: number) => new Account(id),
});

describe.each(BOTH_STORES)("without the key that jobs on %s are encrypted with", (_, settingsOf) => {
  /** One job of each kind, and the result of another, stored with a key that is not there afterwards. */
  async function withoutKey() {
    performed.length = 0;
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-missing-key-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const given = await settingsOf();
    const store = given.mongodbUri ? given : { sqlite: join(folder, "store.sqlite") };
    const settings = { ...store, inbox: join(folder, "inbox"), deployGrace: "0s" } as const;
    const { app } = await startApp({}, { ...settings, encryptionKeys: [OLD] });
    const done = await Note.delay().perform("ann@example.com, done");
    await app.worker().workOff();
    await SealedMailer.delay().hello("ann@example.com");
    await Note.delay().perform("ann@example.com, plain");
    await Accounts.delay(new Account(7)).rename("ann@example.com, record");
    await Accounts.statics.delay().close("ann@example.com, class");
    await batch("b", [Note.call("ann@example.com, batch")], { onComplete: Note.call("its end") });
    await SealedMailer.broadcast([{ email: "ann@example.com" }], { key: "n" }).weekly();
    await close();
    performed.length = 0;
    const restart = (encryptionKeys = [NEW]) => startApp({}, { ...settings, encryptionKeys });
    return { done, store, restart, ...(await restart()) };
  }

  it("every kind is kept as failed, the worker goes on, and all are performed when the key is back", async () => {
    const { app, transport, restart } = await withoutKey();
    await Note.delay().perform("readable");
    await app.worker().workOff();
    expect(performed).toEqual(["readable"]);
    const failed = await Job.failed().list();
    expect(failed.map(({ handler, action }) => `${handler} ${action}`).toSorted()).toEqual([
      "SealedMailer hello",
      "delayed-mailer.newsletter sendChunk",
      "sealed.Account #rename",
      "sealed.Account close",
      "sealed.Note perform",
      "sealed.Note perform",
      "sealed.Note perform",
    ]);
    for (const { record } of failed) {
      expect([record.failReason, record.lastError]).toEqual(["sealed", expect.stringContaining(MISSING)]);
    }
    expect(transport.sent).toEqual([]);
    await close();
    performed.length = 0;
    const back = await restart([NEW, OLD]);
    await Job.failed().retryAll();
    await (await Newsletter.find("n"))?.retry();
    await back.app.worker().workOff();
    expect(performed.toSorted()).toEqual([
      "ann@example.com, batch",
      "ann@example.com, class",
      "ann@example.com, plain",
      "ann@example.com, record",
      "its end",
    ]);
    expect(back.transport.sent.map(({ mail }) => mail.subject).toSorted()).toEqual(["Hello", "News"]);
    expect(await Job.failed().count()).toBe(0);
  });

  it("arguments and results are refused by a typed error, and what shows them says why", async () => {
    const { done } = await withoutKey();
    const kept = await Job.find(done.id);
    expect(() => kept?.args).toThrow(SealedPayloadError);
    expect(() => kept?.result).toThrow(MISSING);
    for (const redact of [undefined, false as const, () => "shown"])
      expect(JSON.parse(shownArguments(kept!.record, redact))).toContain(MISSING);
  });

  it("an address is erased where it can be, and what cannot be looked into is told", async () => {
    const { restart } = await withoutKey();
    const readable = await Note.delay({ in: "1h" }).perform("ann@example.com, readable");
    const error = await erase("ann@example.com").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EraseIncompleteError);
    expect(error).toMatchObject({
      code: "ERASE_INCOMPLETE",
      unread: { count: 8, keyIds: ["old"], jobs: expect.arrayContaining([expect.any(String)]) },
      erased: { jobs: { removed: 1 }, newsletters: { recipients: 1 } },
      message: expect.stringContaining(
        "may still say the address: 8. They are encrypted with keys that are not among encryptionKeys (old)",
      ),
    });
    expect(await Job.find(readable.id)).toBeUndefined();
    await close();
    await restart([NEW, OLD]);
    // The job of the chunk and the end of the batch say nothing of her.
    expect(await erase("ann@example.com")).toMatchObject({ jobs: { removed: 6 } });
  });

  it("the command line shows what can be shown, and says why not the rest", async () => {
    const { done, store } = await withoutKey();
    await close();
    vi.stubEnv("MONGODB_URI", store.mongodbUri ?? "");
    vi.stubEnv("DELAYED_MAILER_SQLITE", "sqlite" in store ? String(store.sqlite) : "");
    vi.stubEnv("DELAYED_MAILER_ENCRYPTION_KEYS", `${NEW.id}:${NEW.key}`);
    vi.stubEnv("MAIL_FROM", "shop@x.test");
    onTestFinished(() => void vi.unstubAllEnvs());
    const shown = await collected((terminal) => main(["jobs", "show", done.id], terminal));
    expect(shown.code).toBe(0);
    expect(shown.out).toMatch(new RegExp(`args +What is stored is ${MISSING}`));
    expect(shown.out).toMatch(new RegExp(`result +What is stored is ${MISSING}`));
    const erased = await collected((terminal) => main(["erase", "ann@example.com", "--yes"], terminal));
    expect([erased.code, erased.out, erased.err]).toEqual([
      1,
      expect.stringContaining("newsletters: 1 recipient,"),
      expect.stringContaining("encryptionKeys (old)"),
    ]);
  });

  it("another key under the same id keeps every kind as failed, and is told by what performs, shows and erases", async () => {
    const { done, restart } = await withoutKey();
    await close();
    const { app, transport } = await restart([{ id: OLD.id, key: NEW.key }]);
    await Note.delay().perform("readable");
    await app.worker().workOff();
    expect([performed, transport.sent]).toEqual([["readable"], []]);
    const failed = await Job.failed().list();
    expect(failed).toHaveLength(7);
    for (const { record } of failed) {
      expect(record.failReason).toBe("unreadable");
      expect(record.lastError).toContain(OTHER_KEY);
      expect(record.lastError).toContain("or the key it was encrypted with, then retry");
    }
    const kept = await Job.find(done.id);
    expect(() => kept?.args).toThrow(UnstorableValueError);
    expect(() => kept?.result).toThrow(OTHER_KEY);
    expect(shownArguments(kept!.record, false)).toContain(OTHER_KEY.replaceAll('"', '\\"'));
    await expect(erase("ann@example.com")).rejects.toMatchObject({
      code: "ERASE_INCOMPLETE",
      unread: { count: 8 },
    });
    await close();
    const back = await restart([OLD]);
    await Job.failed().retryAll();
    await back.app.worker().workOff();
    expect(performed).toContain("ann@example.com, plain");
  });
});
