import mongoose, { type Connection, type Schema } from "mongoose";
import { afterEach, describe, expect, it } from "vitest";
import { InvalidOptionsError, RecordNotSavedError, UnknownActionError } from "../../src/errors/errors.ts";
import { Job } from "../../src/jobs/job.ts";
import { delayable, handleAsynchronously } from "../../src/records/mongoose.ts";
import { startApp } from "../support/app.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { COPIES } from "../support/mongoose-copies.ts";

const seen: string[] = [];
let made = 0;

function postSchema(Made: typeof Schema) {
  return new Made(
    {
      title: { type: String, required: true },
      rank: { type: Number, default: 0 },
      passwordDigest: String,
    },
    {
      methods: {
        publish(suffix: string): number {
          seen.push(`publish ${this.title}${suffix}`);
          return this.title.length;
        },
        async tell(): Promise<string> {
          seen.push(`tell ${this.title}`);
          return "told";
        },
        before(job: Job) {
          seen.push(`before ${job.name}`);
        },
        _secret() {
          seen.push("secret");
        },
      },
      statics: {
        sweep(days: number) {
          seen.push(`sweep ${days}`);
        },
      },
    },
  );
}

const connections: Connection[] = [];
afterEach(async () => {
  for (const connection of connections.splice(0)) {
    await connection.dropDatabase();
    await connection.close();
  }
});

async function setup({ onMongo = true, copy = mongoose as typeof mongoose } = {}) {
  seen.length = 0;
  const connection = await copy.createConnection(await newMongoDatabase()).asPromise();
  connections.push(connection);
  made += 1;
  // A handler is the process's: each test has one of its own name.
  const name = `Post${made}`;
  const model = connection.model(name, postSchema(copy.Schema));
  const { app } = await startApp({}, onMongo ? { mongoose: connection } : {});
  return { app, connection, model, name };
}

describe.each([["mongoose 9", mongoose] as const, ...COPIES])("a document of %s", (_, copy) => {
  it("delays its own methods: its id is stored, and a worker loads it anew (DJ-041, DJ-067, DJ-116, DJX-10)", async () => {
    const { app, model, name } = await setup({ copy });
    const Post = delayable(model);
    const { _id } = await Post.create({ title: "Old", passwordDigest: "s3cret" });
    const post = await Post.findById(_id).orFail();
    const stored = await post.delay({ priority: 4 }).publish("!");
    expect(stored.name).toBe(`${name}#publish`);
    expect(stored.record).toMatchObject({
      args: ["!"],
      params: { id: { "@oid": String(_id) } },
      priority: 4,
    });
    expect(JSON.stringify(stored.record)).not.toMatch(/s3cret|Old/);
    await Post.updateOne({ _id }, { title: "New" });
    await app.worker().workOff();
    expect(seen).toEqual([`before ${name}#publish`, "publish New!"]);
  });
});

describe("a document", () => {
  it("goes with a queue in SQLite too", async () => {
    const { app, model } = await setup({ onMongo: false });
    const Post = delayable(model);
    const post = await Post.create({ title: "Mixed" });
    await post.delay().tell();
    await Post.delay().sweep(7);
    await app.worker().workOff();
    expect(seen.filter((each) => !each.startsWith("before")).sort()).toEqual(["sweep 7", "tell Mixed"]);
  });

  it("that is not saved, or is deleted, is refused with the reason (DJ-065, DJ-066)", async () => {
    const { model, name } = await setup();
    const Post = delayable(model);
    const unsaved = new Post({ title: "New" });
    await expect(unsaved.delay().tell()).rejects.toThrow(RecordNotSavedError);
    await expect(unsaved.delay().tell()).rejects.toThrow(
      `${name} ${String(unsaved._id)}, which was never saved`,
    );
    const post = await Post.create({ title: "Gone" });
    await post.deleteOne();
    await expect(post.delay().tell()).rejects.toThrow(/which is deleted/);
    expect(await Job.all().count()).toBe(0);
  });

  it("that is gone when its job runs fails it at once (DJ-068, DJX-09)", async () => {
    const { app, model } = await setup();
    const Post = delayable(model);
    const post = await Post.create({ title: "Soon gone" });
    const stored = await post.delay().tell();
    await Post.deleteOne({ _id: post._id });
    await app.worker().workOff();
    expect((await stored.reload())?.record).toMatchObject({ failReason: "record-gone", attempts: 1 });
    expect(seen).toEqual([]);
  });

  it("of which nothing is to be kept then is dropped (DJX-09)", async () => {
    const { app, model } = await setup();
    const Post = delayable(model, { recordGone: "discard" });
    const post = await Post.create({ title: "Soon gone" });
    const stored = await post.delay().tell();
    await Post.deleteOne({ _id: post._id });
    await app.worker().workOff();
    expect(await stored.reload()).toBeUndefined();
  });

  it("joins the transaction that saved it: the job is stored with it, or not at all", async () => {
    const { connection, model, app } = await setup();
    const Post = delayable(model);
    await Post.createCollection();
    await Job.all().count();
    const publish = (title: string, then: () => void) =>
      connection.transaction(async (session) => {
        const [post] = await Post.create([{ title }], { session });
        await post?.delay({ session }).publish("");
        then();
      });
    const changedMind = publish("Never", () => {
      throw new Error("changed my mind");
    });
    await expect(changedMind).rejects.toThrow("changed my mind");
    expect([await Post.countDocuments(), await Job.all().count()]).toEqual([0, 0]);
    await publish("Kept", () => undefined);
    expect([await Post.countDocuments(), await Job.all().count()]).toEqual([1, 1]);
    await app.worker().workOff();
    expect(seen).toContain("publish Kept");
  });

  it.each(["_secret", "save", "deleteOne", "before", "constructor", "$isDeleted"])(
    "does not delay %s: only its schema's public methods",
    async (method) => {
      const { model } = await setup();
      const Post = delayable(model);
      const post = await Post.create({ title: "A" });
      const delayed: unknown = Reflect.get(post.delay(), method);
      await expect(Reflect.apply(delayed as () => Promise<void>, undefined, [])).rejects.toThrow(
        UnknownActionError,
      );
    },
  );

  it("is called later by the plain call, and at once without delay (DJ-130 to DJ-133)", async () => {
    const { app, model, name } = await setup();
    const Post = handleAsynchronously(delayable(model), "publish", {
      priority: (post) => post.rank * 2,
      queue: "posts",
    });
    const post = await Post.create({ title: "Plain", rank: 5 });
    const stored: Job = await post.publish("?");
    expect(stored).toMatchObject({ name: `${name}#publish`, priority: 10, queue: "posts", args: ["?"] });
    expect(seen).toEqual([]);
    post.rank = 10;
    expect((await post.publish("!")).priority).toBe(20);
    expect(post.publishWithoutDelay("now")).toBe(5);
    expect(seen).toEqual(["publish Plainnow"]);
    await app.worker().workOff();
    expect(seen.filter((each) => each.startsWith("publish"))).toEqual([
      "publish Plainnow",
      "publish Plain?",
      "publish Plain!",
    ]);
    expect(await Job.all().count()).toBe(0);
  });

  it("needs a model that is delayable, and a method that there is", async () => {
    const { model } = await setup();
    expect(() => handleAsynchronously(model, "publish")).toThrow(InvalidOptionsError);
    delayable(model);
    expect(() => handleAsynchronously(model, "gone" as never)).toThrow(/have a method gone/);
    expect(() => delayable({} as never)).toThrow(InvalidOptionsError);
  });
});
