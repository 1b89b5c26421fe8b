import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { close } from "../../src/app/current-app.ts";
import { openStores } from "../../src/app/open-stores.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import { SealedPayloadError } from "../../src/errors/errors.ts";
import { Job, Mailer, mailer } from "../../src/index.ts";
import type { NewJob } from "../../src/jobs/job-record.ts";
import { EncryptedJobStore } from "../../src/privacy/encrypted-job-store.ts";
import { Keyring } from "../../src/privacy/keyring.ts";
import { openDatabase } from "../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../src/stores/sqlite/jobs/job-store.ts";
import { describeJobStore } from "../contracts/job-store.ts";
import { startApp } from "../support/app.ts";
import { BOTH_STORES } from "../support/both-stores.ts";

class SecretActions extends Mailer {
  hello(email: string, code: string) {
    return this.mail({ to: email, subject: `Your code is ${code}` });
  }
}
const SecretMailer = mailer(SecretActions, { name: "SecretMailer" });

const TEMPLATES = { "secret-mailer/hello.text.hbs": "Hello" };
const key = (id: string) => ({ id, key: randomBytes(32).toString("base64") });
const [OLD, NEW] = [key("old"), key("new")];

describeJobStore("SQLite, encrypted,", async () => {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-sealed-"));
  const closing: (() => Promise<void>)[] = [];
  return {
    open: async (options) => {
      const database = await openDatabase(join(folder, "store.sqlite"), { synchronous: "NORMAL" });
      const store = new SqliteJobStore(database, options);
      closing.push(() => store.close().then(() => database.close()));
      return new EncryptedJobStore(store, Keyring.of([NEW]));
    },
    close: async () => {
      for (const close of closing.toReversed()) await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
});

describe.each(BOTH_STORES)("encrypted jobs on %s", (_, settingsOf) => {
  /** The jobs as they are stored, whatever keys there are. */
  async function storedJobs(settings: Awaited<ReturnType<typeof settingsOf>>) {
    const stores = await openStores(resolveConfig(settings, {}));
    try {
      return await stores.jobs.find({});
    } finally {
      await stores.close();
    }
  }

  async function onFile() {
    const settings = await settingsOf();
    if (settings.mongodbUri) return settings;
    const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-keys-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return { sqlite: join(folder, "store.sqlite") };
  }

  it("keep nothing of their call in the store that can be read there, and are performed all the same", async () => {
    const settings = await onFile();
    const { app, transport } = await startApp(TEMPLATES, { ...settings, encryptionKeys: [NEW] });
    const job = await SecretMailer.with({ locale: "de" })
      .delay({ uniqueKey: "code:7" })
      .hello("ann@example.com", "4711");
    expect(job.args).toEqual(["ann@example.com", "4711"]);
    const [stored] = await storedJobs(settings);
    expect(JSON.stringify(stored)).not.toMatch(/ann@|4711|locale/);
    expect(JSON.stringify(stored?.args)).toContain('"@sealed":"new.');
    expect(stored).toMatchObject({ handler: "SecretMailer", action: "hello", uniqueKey: "code:7" });
    expect(await Job.where({ uniqueKey: "code:7" }).count()).toBe(1);
    const same = await SecretMailer.delay({ uniqueKey: "code:7" }).hello("ann@example.com", "0815");
    expect([same.id, same.isNew, same.args[1]]).toEqual([job.id, false, "4711"]);
    const replacing = { uniqueKey: "code:7", onConflict: "replace" } as const;
    await SecretMailer.delay(replacing).hello("ann@example.com", "0815");
    await app.worker().workOff();
    expect(transport.sent.map(({ mail }) => mail.subject)).toEqual(["Your code is 0815"]);
  });

  it("are read with a key that encrypts no more", async () => {
    const settings = await onFile();
    await startApp(TEMPLATES, { ...settings, encryptionKeys: [OLD] });
    await SecretMailer.delay().hello("ann@example.com", "1");
    await close();
    const { app, transport } = await startApp(TEMPLATES, { ...settings, encryptionKeys: [NEW, OLD] });
    await SecretMailer.delay().hello("bob@example.com", "2");
    const stored = await storedJobs(settings);
    expect(stored.map(({ args }) => JSON.stringify(args).slice(0, 16))).toEqual([
      '[{"@sealed":"old',
      '[{"@sealed":"new',
    ]);
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(2);
  });

  it.each([
    ["without its key", [NEW]],
    ["without any", undefined],
  ])("fail %s with the reason, are kept, and the worker goes on", async (__, encryptionKeys) => {
    const settings = await onFile();
    await startApp(TEMPLATES, { ...settings, encryptionKeys: [OLD] });
    await SecretMailer.delay().hello("ann@example.com", "1");
    await close();
    const other = await startApp(TEMPLATES, { ...settings, ...(encryptionKeys && { encryptionKeys }) });
    await SecretMailer.delay().hello("bob@example.com", "2");
    await other.app.worker().workOff();
    expect(other.transport.sent.map(({ mail }) => mail.subject)).toEqual(["Your code is 2"]);
    const failed = await Job.failed().first();
    expect(failed?.record.failReason).toBe("sealed");
    expect(failed?.lastError).toContain('encrypted with the key "old"');
    expect(() => failed?.args).toThrow(SealedPayloadError);
    await close();
    const { app, transport } = await startApp(TEMPLATES, { ...settings, encryptionKeys: [NEW, OLD] });
    await (await Job.failed().first())?.retry();
    await app.worker().workOff();
    expect(transport.sent.map(({ mail }) => mail.subject)).toEqual(["Your code is 1"]);
  });

  it("cannot be opened in the place of another, nor when they were changed", async () => {
    const settings = await onFile();
    const { app, transport } = await startApp(TEMPLATES, { ...settings, encryptionKeys: [NEW] });
    const first = await SecretMailer.delay().hello("ann@example.com", "1");
    const plain = await openStores(resolveConfig(settings, {}));
    const stolen = (await plain.jobs.get(first.id))!;
    const copy: NewJob = { ...stolen, id: `${first.id.slice(0, -1)}${first.id.endsWith("0") ? "1" : "0"}` };
    await plain.jobs.insert([copy]);
    await plain.close();
    await app.worker().workOff();
    expect(transport.sent).toHaveLength(1);
    const failed = await Job.failed().first();
    expect([failed?.id, failed?.record.failReason]).toEqual([copy.id, "unreadable"]);
    expect(failed?.lastError).toContain("for another job, or changed since");
  });
});

describe("checkpoints and results", () => {
  it("are encrypted too", async () => {
    const database = await openDatabase(":memory:");
    const plain = new SqliteJobStore(database);
    const store = new EncryptedJobStore(plain, Keyring.of([NEW]));
    await store.insert([
      { ...{ id: "0".repeat(24), handler: "Probe", action: "go", args: [], params: {} }, ...QUEUED },
    ]);
    const [job] = await store.claim({ workerId: "w", token: "t", limit: 1, leaseMs: 1_000 });
    const retry = { kind: "retry", runAt: new Date(), error: "e", counted: false } as const;
    await store.settle([{ id: job!.id, token: "t", ...retry, checkpoint: { row: "ann@example.com" } }]);
    expect(JSON.stringify(await plain.get(job!.id))).not.toContain("ann@");
    expect((await store.get(job!.id))?.checkpoint).toEqual({ row: "ann@example.com" });
    const [again] = await store.claim({ workerId: "w", token: "u", limit: 1, leaseMs: 1_000 });
    await store.note({ id: again!.id, token: "u" }, { checkpoint: "row of ann@example.com" });
    expect(JSON.stringify(await plain.get(job!.id))).not.toContain("ann@");
    expect((await store.get(job!.id))?.checkpoint).toBe("row of ann@example.com");
    const kept = { keepMs: 60_000, result: { for: "ann@example.com" } };
    await store.settle([{ id: job!.id, token: "u", kind: "done", ...kept }]);
    expect(JSON.stringify(await plain.get(job!.id))).not.toContain("ann@");
    expect((await store.get(job!.id))?.result).toEqual({ for: "ann@example.com" });
    await store.close();
    database.close();
  });
});

const QUEUED = { meta: {}, queue: "q", priority: 0, maxAttempts: 1 };

describe("keys", () => {
  it("come from the environment, in order", () => {
    const env = { DELAYED_MAILER_ENCRYPTION_KEYS: `${NEW.id}:${NEW.key}, ${OLD.id}:${OLD.key}` };
    const keyring = resolveConfig({}, env).encryptionKeys;
    expect(keyring?.seal("x", "here")).toMatch(/^new\./);
    expect(keyring?.open(Keyring.of([OLD]).seal("x", "here"), "here")).toEqual({ text: "x" });
  });

  it.each([
    ["", "the id of key 1"],
    [`short:${Buffer.from("abc").toString("base64")}`, 'the key "short" has 3 bytes'],
    [`a:${NEW.key},a:${OLD.key}`, 'the id "a" is there twice'],
    [NEW.key, "the id of key 1"],
  ])("of the wrong kind are refused before anything is stored, and not repeated", (keys, problem) => {
    const refusal = () => Keyring.of(keys);
    expect(refusal).toThrow(problem);
    expect(refusal).toThrow(expect.objectContaining({ message: expect.not.stringContaining(NEW.key) }));
  });

  it("write every text in another way each time", () => {
    const keyring = Keyring.of([NEW]);
    expect(keyring.seal("x", "here")).not.toBe(keyring.seal("x", "here"));
    expect(keyring.open(keyring.seal("x", "here"), "there")).toEqual({ problem: "changed", keyId: "new" });
    expect(keyring.open("new.AAAA", "here")).toEqual({ problem: "changed", keyId: "new" });
  });
});
