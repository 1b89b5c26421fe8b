import mongoose, { Schema } from "mongoose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { delayable } from "../../src/index.ts";
import { delayable as delayableModel } from "../../src/records/mongoose.ts";
import {
  anything,
  assertNothingQueued,
  assertNotQueued,
  assertQueued,
  captureMails,
  type FakeMailer,
  fakeMailer,
  performQueued,
} from "../../src/testing/index.ts";
import { mailMatchers } from "../../src/testing/vitest.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

expect.extend(mailMatchers);

const performed: unknown[] = [];

class Invoice {
  static archiveAll(year: number) {
    performed.push(["archive", year]);
  }
  readonly id: number;
  constructor(id: number) {
    this.id = id;
  }
  send(note: string) {
    performed.push([this.id, note]);
    if (note === "broken") throw new Error("no line");
  }
}

const Invoices = delayable(Invoice, {
  name: "kit.Invoice",
  idOf: ({ id }) => id,
  find: (id: number) => new Invoice(id),
});

const Post = delayableModel(
  mongoose.model(
    "KitPost",
    new Schema(
      { title: { type: String, required: true } },
      {
        methods: {
          publish(suffix: string) {
            performed.push(`${this.title}${suffix}`);
          },
        },
        statics: {
          sweep(days: number) {
            performed.push(days);
          },
        },
      },
    ),
  ),
  { name: "kit.Post" },
);

beforeAll(async () => {
  await mongoose.connect(await newMongoDatabase());
});
afterAll(async () => {
  await mongoose.connection.dropDatabase();
  await mongoose.disconnect();
});

let mails: FakeMailer;
beforeEach(async () => {
  performed.length = 0;
  mails = await fakeMailer();
});
afterEach(() => mails.close());

describe("the test kit, of records", () => {
  it("finds a record's method in the queue by the record's id, and performs it", async () => {
    await Invoices.delay(new Invoice(9), { in: "2h" }).send("hello");
    assertQueued(Invoices, "#send");
    assertQueued(Invoices, "#send", ["hello"], { id: 9, in: "2h" });
    assertQueued(Invoices, "#send", { id: Invoices.idOf(new Invoice(9)) ?? -1, times: 1 });
    assertQueued(Invoices, "#send", [anything()], { id: anything() });
    assertNotQueued(Invoices, "#send", ["hello"], { id: 10 });
    assertNotQueued(Invoices, "archiveAll");
    expect(mails).toHaveQueued(Invoices, "#send", ["hello"], { id: 9 });
    await performQueued({ all: true });
    expect(performed).toEqual([[9, "hello"]]);
    assertNothingQueued();
  });

  it("finds a method of the class", async () => {
    const { queued } = await captureMails(() => Invoices.statics.delay().archiveAll(2026));
    expect(queued.map(({ name }) => name)).toEqual(["kit.Invoice.archiveAll"]);
    assertQueued(Invoices, "archiveAll", [2026]);
    assertNotQueued(Invoices, "archiveAll", [2025]);
    await performQueued();
    expect(performed).toEqual([["archive", 2026]]);
  });

  it("finds methods of a mongoose document by its id or the id's text, and of its model", async () => {
    const post = await Post.create({ title: "Hello" });
    const other = await Post.create({ title: "Other" });
    await post.delay().publish("!");
    await Post.delay().sweep(3);
    assertQueued(Post, "#publish", ["!"], { id: post._id });
    assertQueued(Post, "#publish", ["!"], { id: post.id });
    assertNotQueued(Post, "#publish", ["!"], { id: other._id });
    assertQueued(Post, "sweep", [3]);
    await performQueued();
    expect(performed).toEqual(["Hello!", 3]);
  });

  it("says what is there instead", async () => {
    await Invoices.delay(new Invoice(9)).send("hello");
    expect(() => assertQueued(Invoices, "#send", ["hello"], { id: 10 })).toThrow(
      /kit\.Invoice#send\("hello"\)\n\s+id: 10[\s\S]*1\. kit\.Invoice\(9\)#send\("hello"\) in queue "default"[\s\S]*id: 9 instead of 10/,
    );
    expect(() => assertQueued(Invoices, "send" as never)).toThrow(
      /kit\.Invoice has no action "send"; it has #send, archiveAll/,
    );
    expect(() => assertQueued(Invoice as never, "#send" as never)).toThrow(/delayable\(\)/);
  });

  it("tells of one that failed", async () => {
    await Invoices.delay(new Invoice(9)).send("broken");
    await expect(performQueued()).rejects.toThrow(/kit\.Invoice\(9\)#send\("broken"\)[\s\S]*no line/);
  });
});
