import mongoose, { type Connection, Schema } from "mongoose";
import { afterEach, describe, expect, it } from "vitest";
import { UnstorableValueError } from "../../src/errors/errors.ts";
import { Job } from "../../src/jobs/job.ts";
import { mailer } from "../../src/mailers/facade.ts";
import { Mailer } from "../../src/mailers/mailer.ts";
import { startApp } from "../support/app.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

const TEMPLATES = { "story-mailer/tell.text.hbs": "{{text}}" };

const storySchema = new Schema({
  storyId: { type: Number, required: true },
  text: { type: String, required: true },
  scoped: { type: Boolean, default: true },
  passwordDigest: String,
});

let connection: Connection;
const Story = () => connection.model("Story", storySchema);

class StoryActions extends Mailer {
  async tell(to: string, id: mongoose.Types.ObjectId | number) {
    const query = typeof id === "number" ? { storyId: id } : { _id: id };
    const { text } = await Story().findOne(query).orFail();
    return this.mail({ to, subject: "Story", template: "story-mailer/tell", locals: { text } });
  }

  async both(to: string, pair: { one: mongoose.Types.ObjectId; other: mongoose.Types.ObjectId }) {
    const text = (await Promise.all(Object.values(pair).map((_id) => Story().findOne({ _id }).orFail())))
      .map((story) => story.text)
      .join("+");
    return this.mail({ to, subject: "Stories", template: "story-mailer/tell", locals: { text } });
  }
}

const StoryMailer = mailer(StoryActions, { name: "RecordMailer", backoff: () => 0 });

async function setup() {
  const uri = await newMongoDatabase();
  connection = await mongoose.createConnection(uri).asPromise();
  const story = await Story().create({ storyId: 7, text: "Once", passwordDigest: "s3cret" });
  return { story, ...(await startApp(TEMPLATES)) };
}

afterEach(async () => {
  await connection.dropDatabase();
  await connection.close();
});

/** As plain JavaScript would: TypeScript refuses a document. */
const untyped = () =>
  StoryMailer.delay() as unknown as Record<string, (to: string, record: unknown) => Promise<Job>>;

describe("a record", () => {
  it("is not stored, saved or not or deleted: what to store instead is said (DJ-065, DJ-066, DJX-10)", async () => {
    const { story } = await setup();
    const unsaved = new (Story())({ storyId: 8, text: "Twice" });
    const deleted = await Story().create({ storyId: 9, text: "Gone" });
    await deleted.deleteOne();
    for (const record of [story, unsaved, deleted]) {
      const refused = untyped().tell?.("ann@x.test", record);
      await expect(refused).rejects.toThrow(UnstorableValueError);
      await expect(refused).rejects.toThrow(
        /RecordMailer\.tell: args\[1\] is a mongoose document, which cannot be stored\. Pass its id, or plain data by/,
      );
    }
    expect(await Job.all().count()).toBe(0);
  });

  it("is stored as its id, and nothing else of it is (DJX-10)", async () => {
    const { story } = await setup();
    const job = await StoryMailer.delay().tell("ann@x.test", story._id);
    expect(job.record.args).toEqual(["ann@x.test", { "@oid": story.id }]);
    expect(JSON.stringify(job)).not.toContain("s3cret");
  });

  it("is as it is when the mail is made, not as it was when the call was stored (DJ-067)", async () => {
    const { app, story, transport } = await setup();
    await StoryMailer.delay().tell("ann@x.test", story._id);
    await Story().updateOne({ _id: story._id }, { text: "Meanwhile" });
    await app.worker().workOff();
    expect(transport.sent[0]?.mail.text).toContain("Meanwhile");
  });

  it("that is gone keeps its job as failed, with that reason, and no attempt is wasted (DJ-068, DJX-09)", async () => {
    const { app, story } = await setup();
    await StoryMailer.delay().tell("ann@x.test", story._id);
    await story.deleteOne();
    await app.worker().workOff();
    expect((await Job.failed().last())?.record).toMatchObject({ failReason: "record-gone", attempts: 1 });
  });

  it("may be the same twice in one call (DJ-179)", async () => {
    const { app, story, transport } = await setup();
    await StoryMailer.delay().both("ann@x.test", { one: story._id, other: story._id });
    await app.worker().workOff();
    expect(transport.sent[0]?.mail.text).toContain("Once+Once");
  });

  it("is found by whatever key the action looks for, outside any scope (DJ-201, DJ-202)", async () => {
    const { app, story, transport } = await setup();
    await Story().updateOne({ _id: story._id }, { scoped: false });
    await StoryMailer.delay().tell("ann@x.test", 7);
    await app.worker().workOff();
    expect(transport.sent[0]?.mail.text).toContain("Once");
  });
});
