import mongoose, { Schema } from "mongoose";
import { assertType, describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { delayable, job } from "../../src/index.ts";
import { delayable as delayableModel, handleAsynchronously } from "../../src/records/mongoose.ts";
import { anything, assertNotQueued, assertQueued, type FakeMailer } from "../../src/testing/index.ts";

class Invoice {
  static archiveAll(year: number) {
    return year;
  }
  id = 1;
  send(note: string, copies?: number) {
    return note.length + (copies ?? 0);
  }
  withCallback(done: () => void) {
    done();
  }
  _hidden() {}
}

const Invoices = delayable(Invoice, {
  name: "types.Invoice",
  idOf: ({ id }) => id,
  find: (_: number) => undefined,
});

const Post = delayableModel(
  mongoose.model(
    "TypesPost",
    new Schema(
      { title: { type: String, required: true } },
      {
        methods: { publish: (suffix: string) => suffix },
        statics: { sweep: (days: number) => days },
      },
    ),
  ),
);

const Resize = job("types.Resize", { args: z.tuple([z.string(), z.int()]), perform: () => undefined });

declare const mails: FakeMailer;
declare const objectId: mongoose.Types.ObjectId;

describe("the types of the assertions, of jobs that are no mails", () => {
  it("know a plain job", () => {
    assertType(() => assertQueued(Resize, "perform", ["cat", 640], { queue: "images" }));
    // @ts-expect-error no such action
    assertType(() => assertQueued(Resize, "resize"));
    // @ts-expect-error wrong argument
    assertType(() => assertQueued(Resize, "perform", ["cat", "640"]));
    // @ts-expect-error no record, so no id
    assertType(() => assertQueued(Resize, "perform", { id: 1 }));
  });

  it("know the methods of records, and those of their class", () => {
    assertType(() => assertQueued(Invoices, "#send", ["a", 2], { id: 9, in: "2h", times: 1 }));
    assertType(() => assertQueued(Invoices, "#send", [anything()], { id: anything() }));
    assertType(() => assertNotQueued(Invoices, "archiveAll", [2026]));
    assertQueued(Invoices, "#send", ({ args: [note] }) => {
      expectTypeOf(note).toEqualTypeOf<string>();
      return note === "a";
    });
    // @ts-expect-error a record's method begins with #
    assertType(() => assertQueued(Invoices, "send"));
    // @ts-expect-error a method of the class does not
    assertType(() => assertQueued(Invoices, "#archiveAll"));
    // @ts-expect-error what cannot be stored is never queued
    assertType(() => assertQueued(Invoices, "#withCallback"));
    // @ts-expect-error private by its name
    assertType(() => assertQueued(Invoices, "#_hidden"));
    // @ts-expect-error wrong argument
    assertType(() => assertQueued(Invoices, "#send", [7]));
    // @ts-expect-error its ids are numbers
    assertType(() => assertNotQueued(Invoices, "#send", { id: "9" }));
    // @ts-expect-error a method of the class has no record
    assertType(() => assertNotQueued(Invoices, "archiveAll", { id: 9 }));
    // @ts-expect-error the class itself is not delayable
    assertType(() => assertQueued(Invoice, "#send"));
  });

  it("know those of a model, also of an asynchronous one", () => {
    assertType(() => assertQueued(Post, "#publish", ["!"], { id: objectId }));
    assertType(() => assertQueued(Post, "#publish", ["!"], { id: "65f0c0ffee65f0c0ffee65f0" }));
    assertType(() => assertQueued(Post, "sweep", [3]));
    assertType(() => expect(mails).toHaveQueued(Post, "#publish", ["!"], { id: objectId }));
    const Later = handleAsynchronously(Post, "publish");
    assertType(() => assertQueued(Later, "sweep", [3]));
    // @ts-expect-error mongoose's own
    assertType(() => assertQueued(Post, "#save"));
    // @ts-expect-error wrong argument
    assertType(() => assertQueued(Post, "#publish", [1]));
    // @ts-expect-error no id of a document
    assertType(() => assertQueued(Post, "#publish", { id: 9 }));
  });
});
