import { afterEach, expect, it, vi } from "vitest";
import { NameTakenError, PermanentFailure, RecordGoneError, StopMail } from "../src/errors/errors.ts";
import { Mailer, mailer } from "../src/index.ts";
import { registry } from "../src/jobs/handler.ts";
import { newObjectId, objectIdOf, PlainObjectId } from "../src/jobs/object-id.ts";
import { previewRegistry } from "../src/mailers/preview.ts";
import { resolveWorkerOptions } from "../src/queue/worker/worker-options.ts";
import { shared } from "../src/shared.ts";

afterEach(() => vi.unstubAllEnvs());

/** The module as another copy of the library would have it: evaluated once more. */
async function anotherCopy<T>(load: () => Promise<T>): Promise<T> {
  vi.resetModules();
  return load();
}

/** Evaluates a mailer module once more, as hot reload does; the class is another one, in the same file. */
function evaluate(name: string, previews = {}) {
  class ReloadedActions extends Mailer {
    hello(to: string) {
      return this.mail({ to, subject: name });
    }
  }
  return mailer(ReloadedActions, { name, previews });
}

it("errors of another copy of the library are of the classes of the same names", async () => {
  const other = await anotherCopy(() => import("../src/errors/errors.ts"));
  class UserGone extends other.StopMail {}
  const error = new UserGone("gone");
  expect(other.StopMail).not.toBe(StopMail);
  expect(error instanceof StopMail).toBe(true);
  expect(error instanceof PermanentFailure).toBe(false);
  expect(new other.RecordGoneError("User 1") instanceof RecordGoneError).toBe(true);
  expect(new Error("StopMail") instanceof StopMail).toBe(false);
  expect(JSON.stringify(Object.keys(error))).not.toContain("copy");
});

it("mailers of another copy of the library are known to this one", async () => {
  const other = await anotherCopy(() => import("../src/index.ts"));
  class CopyActions extends other.Mailer {
    hello(to: string) {
      return this.mail({ to, subject: "Hello" });
    }
  }
  other.mailer(CopyActions, { name: "CopyMailer" });
  expect(registry.find("CopyMailer", "hello").name).toBe("CopyMailer");
});

it("an application of one copy stands on the mailers of another", async () => {
  evaluate("FirstCopyMailer");
  const other = await anotherCopy(() => import("../src/index.ts"));
  const app = await other.App.open({ sqlite: ":memory:" });
  await expect(app.worker({ exitOnComplete: true }).run()).resolves.toBeUndefined();
  await app.close();
});

it("what is shared is made once", () => {
  const make = vi.fn(() => ({}));
  expect(shared("test", make)).toBe(shared("test", make));
  expect(make).toHaveBeenCalledTimes(1);
});

it("a mailer module that is evaluated twice replaces its mailer in development (fault 4.24)", () => {
  evaluate("HotMailer", { hello: { one: ["ann@example.com"] } });
  const first = registry.find("HotMailer", "hello");
  evaluate("HotMailer", { hello: { one: ["bob@example.com"] } });
  expect(registry.find("HotMailer", "hello")).not.toBe(first);
  expect(previewRegistry.of("HotMailer", "hello")).toHaveLength(1);
});

it("and is a mistake in production", () => {
  vi.stubEnv("NODE_ENV", "production");
  evaluate("ColdMailer");
  expect(() => evaluate("ColdMailer")).toThrow(NameTakenError);
});

it("two mailers of one name in one file are a mistake everywhere", () => {
  evaluate("TwiceMailer");
  class OtherActions extends Mailer {}
  expect(() => mailer(OtherActions, { name: "TwiceMailer" })).toThrow(NameTakenError);
  const known = registry.find("TwiceMailer", "hello");
  expect(known.name).toBe("TwiceMailer");
});

it("ids ascend, also when the clock is set back or the counter is through, and are twelve bytes", () => {
  vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z") });
  try {
    const ids = Array.from({ length: 1_000 }, newObjectId);
    vi.setSystemTime(new Date("2025-01-01T00:00:00Z"));
    ids.push(...Array.from({ length: 1_000 }, newObjectId));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(2_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{24}$/);
  } finally {
    vi.useRealTimers();
  }
});

it("an ObjectId without mongoose has what one is told by", () => {
  const id = new PlainObjectId("64b7f8f8f8f8f8f8f8f8f8f8");
  expect(id).toMatchObject({ _bsontype: "ObjectId" });
  expect([String(id), id.toHexString(), JSON.stringify({ id })]).toEqual([
    "64b7f8f8f8f8f8f8f8f8f8f8",
    "64b7f8f8f8f8f8f8f8f8f8f8",
    '{"id":"64b7f8f8f8f8f8f8f8f8f8f8"}',
  ]);
  expect(id.equals(objectIdOf("64b7f8f8f8f8f8f8f8f8f8f8"))).toBe(true);
  expect(id.getTimestamp()).toEqual(new Date(0x64b7f8f8 * 1_000));
});

it("a lease of a fraction of a millisecond is refused, because MongoDB adds whole ones (fault 2.13)", () => {
  expect(() => resolveWorkerOptions({ lease: 30_000.5 })).toThrow(/lease:.*int/i);
});
