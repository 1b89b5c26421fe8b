import { describe, expect, it } from "vitest";
import { meaningOf } from "../../src/errors/error-meaning.ts";
import {
  NotAMailActionError,
  PermanentFailure,
  RecordGoneError,
  RetryLater,
  StopMail,
  StoreError,
  TemplateError,
  UnknownActionError,
} from "../../src/errors/errors.ts";

const gone = new RecordGoneError("User 42");

describe("what an error means (row 1.7)", () => {
  it.each([
    [
      new PermanentFailure("no", { reason: "asked" }),
      { hopeless: "asked", recipient: "failed", concerns: "mail" },
    ],
    [
      new UnknownActionError("X", "y", []),
      { hopeless: "unknown-action", concerns: "action", isVersionSkew: true },
    ],
    [new TemplateError("broken"), { hopeless: "template", concerns: "action" }],
    [new TemplateError("no name", { fault: "values" }), { hopeless: "template", concerns: "mail" }],
    [
      new NotAMailActionError("X", "y"),
      { hopeless: "not-a-mail-action", concerns: "mail", recipient: "failed" },
    ],
    [new StopMail("enough"), { recipient: "stopped" }],
    [new RetryLater("later"), { recipient: "deferred", isDecision: true }],
    [new StoreError("away"), { recipient: "deferred", concerns: "mail" }],
    [new Error("somebody else's"), { recipient: "deferred", concerns: "mail" }],
    ["no error at all", { recipient: "deferred" }],
  ])("stands in one table: %s", (error, meaning) => {
    expect(meaningOf(error, "fail")).toMatchObject(meaning);
  });

  it("follows the mailer where a record is gone", () => {
    expect(meaningOf(gone, "fail")).toMatchObject({ hopeless: "record-gone", recipient: "failed" });
    expect(meaningOf(gone, "discard")).toMatchObject({ hopeless: "record-gone", recipient: "stopped" });
    expect(meaningOf(gone, "retry")).toEqual({ concerns: "mail", recipient: "deferred" });
    const mongooses = Object.assign(new Error("none"), { name: "DocumentNotFoundError" });
    expect(meaningOf(mongooses, "fail")).toMatchObject({ hopeless: "record-gone" });
  });
});
