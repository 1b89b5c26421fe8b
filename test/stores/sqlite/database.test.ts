import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { StoreError, StoreGoneError } from "../../../src/errors/errors.ts";
import { type EventMap, Events } from "../../../src/events.ts";
import { Worker } from "../../../src/queue/worker/worker.ts";
import { type DatabaseOptions, openDatabase } from "../../../src/stores/sqlite/database.ts";
import { SqliteJobStore } from "../../../src/stores/sqlite/jobs/job-store.ts";
import { migrate } from "../../../src/stores/sqlite/migrate.ts";
import { hasNodeSqlite } from "../../../src/stores/sqlite/node-sqlite.ts";
import { isBusy, storeErrors } from "../../../src/stores/sqlite/sqlite-error.ts";
import { aJob } from "../../support/jobs.ts";
import { probeRegistry } from "../../support/probe.ts";
import { withEachDriver } from "../../support/sqlite-drivers.ts";

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-database-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function setup(options: DatabaseOptions = {}, path = join(aFolder(), "made", "store.sqlite")) {
  const database = await openDatabase(path, { synchronous: "NORMAL", ...options });
  onTestFinished(() => database.close());
  return { database, path };
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

withEachDriver("as the driver of a database", (driver, name) =>
  describe(`a database on ${name}`, () => {
    it("gives back what was stored: text, numbers, bytes and null", async () => {
      const { database } = await setup({ driver });
      database.exec("CREATE TABLE t (a, b, c, d)");
      const row = ["é", 1_764_466_800_000.5, new Uint8Array([0, 1, 255]), null] as const;
      expect(database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)").run(...row)).toEqual({ changes: 1 });
      const read = database.prepare<[], { a: string; b: number; c: Uint8Array; d: null }>("SELECT * FROM t");
      const found = read.get();
      expect([found?.a, found?.b, found?.d]).toEqual([row[0], row[1], null]);
      expect(Array.from(found?.c ?? [])).toEqual([0, 1, 255]);
      expect(read.all()).toHaveLength(1);
      expect(database.prepare("SELECT * FROM t WHERE a = 'none'").get()).toBeUndefined();
    });

    it("stores another sign for a NUL, at which Node 22 would end the text, and finds it again", async () => {
      const { database } = await setup({ driver });
      database.exec("CREATE TABLE t (a)");
      database.prepare("INSERT INTO t VALUES (?)").run("a\0b");
      expect(database.prepare("SELECT a FROM t WHERE a = ?").get("a\0b")).toMatchObject({ a: "a\ufffdb" });
    });

    it("binds by name, as often as a name stands there, and leaves alone what does not", async () => {
      const { database } = await setup({ driver });
      const both = database.prepare<Record<string, number>, { sum: number }>("SELECT @b + @a + @a AS sum");
      expect(both.get({ a: 1, b: 10, unused: 5 })?.sum).toBe(12);
    });

    it("refuses what is undefined, instead of storing null", async () => {
      const { database } = await setup({ driver });
      expect(() => database.prepare("SELECT ?").get(undefined as never)).toThrow(TypeError);
      expect(() => database.prepare<Record<string, number>>("SELECT @a").get({})).toThrow(TypeError);
    });

    it("undoes a transaction that throws, also one that SQLite has given up by itself", async () => {
      const { database } = await setup({ driver });
      database.exec("CREATE TABLE t (a UNIQUE)");
      const insert = (value: string) => database.prepare("INSERT OR ROLLBACK INTO t VALUES (?)").run(value);
      const throwing = database.transaction(() => {
        insert("a");
        throw new Error("no");
      });
      expect(() => throwing.immediate()).toThrow("no");
      const givenUp = database.transaction(() => {
        insert("b");
        insert("b");
      });
      expect(() => givenUp.immediate()).toThrow("UNIQUE");
      expect(database.transaction((value: string) => insert(value)).immediate("c")).toEqual({ changes: 1 });
      expect(database.prepare("SELECT a FROM t").all()).toHaveLength(1);
    });

    it("names SQLite's errors alike, with what can be done", async () => {
      const { database, path } = await setup({ driver, busyTimeout: 0 });
      const { database: other } = await setup({ driver, busyTimeout: 0 }, path);
      const isHeld = () => other.exec("BEGIN IMMEDIATE");
      database.exec("BEGIN IMMEDIATE");
      expect(() => storeErrors(isHeld)).toThrow(/\(SQLITE_BUSY\); another process holds the file for long/);
      expect(caught(isHeld)).toSatisfy(isBusy);
      database.exec("COMMIT");
      expect(() => storeErrors(() => database.exec("nonsense"))).toThrow("(SQLITE_ERROR)");
      const folder = aFolder();
      await expect(openDatabase(folder, { driver })).rejects.toThrow(
        new RegExp(
          `The SQLite file ${folder} cannot be opened: .*(it is a folder, name a file in it|check the path and its permissions)`,
        ),
      );
      const text = join(folder, "text.sqlite");
      writeFileSync(
        text,
        "no database at all, and longer than the hundred bytes of a header, so that SQLite can see it".repeat(
          9,
        ),
      );
      await expect(openDatabase(text, { driver })).rejects.toThrow(
        "(SQLITE_NOTADB); it is no SQLite file or is damaged, name another one or restore it from a copy",
      );
    });
  }),
);

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe("the file of a database", () => {
  it("and its folder can be read by their owner alone, with what SQLite puts beside it", async () => {
    const { database, path } = await setup();
    database.exec("CREATE TABLE t (a)");
    expect([path, `${path}-wal`, `${path}-shm`].map(modeOf)).toEqual(["600", "600", "600"]);
    expect(modeOf(join(path, ".."))).toBe("700");
  });

  it("keeps the permissions that it has", async () => {
    const path = join(aFolder(), "store.sqlite");
    writeFileSync(path, "");
    chmodSync(path, 0o640);
    await setup({}, path);
    expect(modeOf(path)).toBe("640");
  });

  it("is refused when a newer version made it, with both versions", async () => {
    const { database } = await setup();
    migrate(database, "jobs", ["CREATE TABLE a (b)", "CREATE TABLE c (d)"]);
    const older = () => migrate(database, "jobs", ["CREATE TABLE a (b)"]);
    expect(older).toThrow(StoreError);
    expect(older).toThrow("its schema of jobs is version 2, and this one knows version 1");
  });
});

describe("a file that is deleted or replaced while it is open", () => {
  async function working() {
    const { database, path } = await setup();
    const store = new SqliteJobStore(database);
    const events = new Events();
    const errors: EventMap["worker.error"][] = [];
    events.on("worker.error", (error) => errors.push(error));
    const worker = new Worker({ store, events, registry: probeRegistry(() => undefined) });
    const started = new Promise((resolve) => events.on("worker.started", resolve));
    onTestFinished(() => store.close());
    return { path, store, worker, errors, started };
  }

  it.each([
    ["deleted", (path: string) => rmSync(path)],
    [
      "replaced",
      (path: string) => {
        writeFileSync(`${path}.new`, "");
        renameSync(`${path}.new`, path);
      },
    ],
  ])("takes no job any more, and ends an idle worker: %s", async (_, take) => {
    const { path, store, worker, errors, started } = await working();
    const ended = worker.run();
    await started;
    await store.insert([aJob()]);
    take(path);
    await expect(store.insert([aJob()])).rejects.toThrow(StoreGoneError);
    await expect(ended).rejects.toThrow(`The SQLite file ${path} was deleted`);
    expect(errors.map(({ error }) => error)).toContainEqual(expect.any(StoreGoneError));
  });
});

describe("node:sqlite", () => {
  it("does not warn that it is experimental, and hides no other warning", async () => {
    const module = new URL("../../../src/stores/sqlite/database.ts", import.meta.url).href;
    const script = `const { openDatabase } = await import("${module}");
      const opening = openDatabase(":memory:");
      process.emitWarning("another", "ExperimentalWarning");
      (await opening).close();`;
    const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", script];
    const { stderr } = await promisify(execFile)(process.execPath, args);
    expect(stderr.match(/ExperimentalWarning: .*/g)).toEqual(["ExperimentalWarning: another"]);
  });

  it.each([
    ["20.20.2", false],
    ["22.5.0", false],
    ["22.12.0", false],
    ["22.13.0", true],
    ["24.0.0", true],
    ["26.10.0", true],
  ])("is taken where it needs no flag: %s", (version, is) => {
    expect(hasNodeSqlite(version)).toBe(is);
  });
});
