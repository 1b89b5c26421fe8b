import { describe, expect, it } from "vitest";
import {
  InvalidOptionsError,
  NameTakenError,
  PermanentFailure,
  RecordNotSavedError,
  UnknownActionError,
  UnstorableValueError,
} from "../../src/errors/errors.ts";
import { delayAll } from "../../src/jobs/delayable-call.ts";
import { Job } from "../../src/jobs/job.ts";
import { delayable } from "../../src/records/delayable.ts";
import { startApp } from "../support/app.ts";

const seen: string[] = [];
const rows = new Map<number, string>();

class Invoice {
  static async find(id: number) {
    const owner = rows.get(id);
    return owner === undefined ? undefined : new Invoice(id === 13 ? 14 : id, owner);
  }

  static archiveAll(year: number) {
    seen.push(`archive ${year}`);
    return year;
  }

  readonly id: number | undefined;
  readonly owner: string;
  readonly secret = "s3cret";

  constructor(id: number | undefined, owner: string) {
    this.id = id;
    this.owner = owner;
  }

  send(note: string, at?: Date) {
    if (note === "fail") throw new PermanentFailure("no");
    seen.push(`${this.owner} ${note}${at ? ` ${at.getTime()}` : ""}`);
    return note.length;
  }

  withCallback(done: () => void) {
    done();
  }

  _private() {
    seen.push("private");
  }

  enqueue() {
    seen.push(`enqueue ${this.owner}`);
    return { priority: 8 };
  }
  before(job: Job) {
    seen.push(`before ${this.owner} ${job.name}`);
  }
  success() {
    seen.push("success");
  }
  after() {
    seen.push("after");
  }
  error(_: Job, error: Error) {
    seen.push(`error ${error.message}`);
  }
  failure() {
    seen.push("failure");
  }
}

const Invoices = delayable(
  Invoice,
  { name: "test.Invoice", idOf: ({ id }) => id, find: (id: number) => Invoice.find(id) },
  { queue: "invoices", maxAttempts: 3, backoff: () => 0, keepResult: "1h" },
);

async function start(settings: Parameters<typeof startApp>[1] = {}) {
  seen.length = 0;
  rows.clear();
  rows.set(9, "Ann").set(13, "Mixed");
  return startApp({}, settings);
}

const ann = new Invoice(9, "stale name");

describe("a method of an object", () => {
  it("is stored by name and id, never a field, and performed on what is loaded then (DJ-041, DJ-113, DJ-134, DJ-165, DJX-10)", async () => {
    const { app } = await start();
    const stored = await Invoices.delay(ann).send("hello", new Date(5));
    expect(stored.name).toBe("test.Invoice#send");
    expect(stored.args).toEqual(["hello", new Date(5)]);
    expect(stored.record.params).toEqual({ id: 9 });
    expect(JSON.stringify(stored.record)).not.toMatch(/s3cret|stale/);
    seen.length = 0;
    await app.worker().workOff();
    expect(seen).toEqual(["before Ann test.Invoice#send", "Ann hello 5", "success", "after"]);
    expect((await stored.reload())?.result).toBe(5);
  });

  it("takes the options of every delayed call (DJ-135 to DJ-137)", async () => {
    await start();
    const at = new Date("2030-01-01T00:00:00Z");
    expect((await Invoices.delay(ann, { at, uniqueKey: "k" }).send("a")).record).toMatchObject({
      ...{ runAt: at, queue: "invoices", maxAttempts: 3, uniqueKey: "k" },
    });
    expect((await Invoices.delay(ann, { queue: "other" }).send("a")).queue).toBe("other");
  });

  it("is called through the object's hooks (DJ-118 to DJ-123)", async () => {
    const { app } = await start();
    const stored = await Invoices.delay(ann).send("fail");
    expect(seen).toEqual(["enqueue stale name"]);
    expect(stored.priority).toBe(8);
    await app.worker().workOff();
    expect(seen.slice(1)).toEqual(["before Ann test.Invoice#send", "error no", "after", "failure"]);
  });

  it("is called through them without a worker too (DJ-124 to DJ-128, DJ-138)", async () => {
    await start({ delayJobs: false });
    await Invoices.delay(ann).send("now");
    expect(seen).toEqual([
      "enqueue stale name",
      "before Ann test.Invoice#send",
      "Ann now",
      "success",
      "after",
    ]);
    seen.length = 0;
    await expect(Invoices.delay(ann).send("fail")).rejects.toThrow("no");
    expect(seen.slice(1)).toEqual(["before Ann test.Invoice#send", "error no", "after", "failure"]);
    expect(await Job.all().count()).toBe(0);
  });

  it("is stored, or not, as a function of the job says (DJ-139 to DJ-141)", async () => {
    await start({ delayJobs: (job) => job.action === "#send" });
    await Invoices.delay(ann).send("later");
    expect(await Job.ready().count()).toBe(1);
    await Invoices.statics.delay().archiveAll(2026);
    expect(seen.at(-1)).toBe("archive 2026");
    expect(await Job.ready().count()).toBe(1);
  });

  it("may be the class's own (DJ-117, DJ-161)", async () => {
    const { app } = await start();
    const stored = await Invoices.statics.delay().archiveAll(2026);
    expect(stored.name).toBe("test.Invoice.archiveAll");
    await app.worker().workOff();
    expect(seen).toEqual(["archive 2026"]);
  });

  it("goes into one write with others", async () => {
    const { app } = await start();
    await delayAll([Invoices.call(ann).send("a"), Invoices.statics.call.archiveAll(1)]);
    expect(await app.worker().workOff()).toEqual({ succeeded: 2, failed: 0 });
    expect(await Invoices.call(ann).send("abc").performNow()).toBe(3);
  });

  it("of an object that is gone fails at once, with its reason, and no hook runs", async () => {
    const { app } = await start();
    const stored = await Invoices.delay(ann).send("a");
    rows.delete(9);
    seen.length = 0;
    await app.worker().workOff();
    const gone = await stored.reload();
    expect(gone?.record).toMatchObject({ state: "failed", failReason: "record-gone", attempts: 1 });
    expect(gone?.lastError).toContain("test.Invoice 9 is not there any more");
    expect(seen).toEqual([]);
  });

  it.each(["discard", "retry"] as const)(
    "that is gone: %s, where that is said (DJ-112, DJX-09)",
    async (recordGone) => {
      const { app } = await start();
      const Gone = delayable(
        class extends Invoice {},
        { name: `test.Gone.${recordGone}`, idOf: ({ id }) => id, find: () => null },
        { recordGone, maxAttempts: 2, backoff: () => 0 },
      );
      const stored = await Gone.delay(ann).send("a");
      await app.worker().workOff();
      if (recordGone === "discard") expect(await stored.reload()).toBeUndefined();
      else
        expect((await stored.reload())?.record).toMatchObject({
          ...{ state: "failed", failReason: "exhausted", attempts: 2 },
        });
    },
  );

  it("is not called on another object than the one that was asked for", async () => {
    const { app } = await start();
    const stored = await Invoices.delay(new Invoice(13, "x")).send("a");
    seen.length = 0;
    await app.worker().workOff();
    expect((await stored.reload())?.record.failReason).toBe("wrong-record");
    expect((await stored.reload())?.lastError).toContain("asked for 13 and gave 14");
    expect(seen).toEqual([]);
  });

  it("of an object without an id is refused, with the reason (DJ-065)", async () => {
    await start();
    await expect(Invoices.delay(new Invoice(undefined, "new")).send("a")).rejects.toThrow(
      RecordNotSavedError,
    );
    await expect(Invoices.delay(new Invoice({ a: () => 1 } as never, "new")).send("a")).rejects.toThrow(
      UnstorableValueError,
    );
    expect(await Job.all().count()).toBe(0);
  });

  it.each(["constructor", "__proto__", "_private", "gone", "before", "toString", "delay", "archiveAll"])(
    "called %s cannot be delayed, nor be performed (DJ-114)",
    async (method) => {
      const { app } = await start();
      const call = () => Reflect.apply(Reflect.get(Invoices.call(ann), method), undefined, []);
      expect(call).toThrow(UnknownActionError);
      const stored = await Invoices.delay(ann).send("a");
      await stored.remove();
      await app.store.insert([{ ...stored.record, action: `#${method}` }]);
      seen.length = 0;
      await app.worker().workOff();
      expect((await stored.reload())?.record.failReason).toBe("unknown-action");
      expect(seen).toEqual([]);
    },
  );

  it("whose arguments would not come back is refused", async () => {
    await start();
    await expect(Invoices.delay(ann).send(Symbol("x") as never)).rejects.toThrow(UnstorableValueError);
  });

  it.each([[undefined], [null], ["7"]])("of %j, which is no record, is refused", async (found) => {
    await start();
    const delayed = Invoices.delay(found as never).send("a");
    await expect(delayed).rejects.toThrow(InvalidOptionsError);
    await expect(delayed).rejects.toThrow("as where none was found");
    expect(await Job.all().count()).toBe(0);
  });

  it("is no promise by mistake", async () => {
    await start();
    expect(Reflect.get(Invoices.delay(ann), "then")).toBeUndefined();
  });

  it("needs a class and a whole locator, of a name that is free", () => {
    const locator = { name: "test.Invoice", idOf: () => 1, find: () => null };
    expect(() => delayable(class Other {}, locator)).toThrow(NameTakenError);
    expect(() => delayable({} as never, locator)).toThrow(InvalidOptionsError);
    expect(() => delayable(class Other {}, { name: "test.Half" } as never)).toThrow(InvalidOptionsError);
  });
});
