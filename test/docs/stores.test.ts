import mongoose from "mongoose";
import { expect, it, onTestFinished } from "vitest";
import { Mailer, mailer } from "../../src/index.ts";
import type { MongoJobStore } from "../../src/stores/mongo/jobs/job-store.ts";
import { startApp } from "../support/app.ts";
import { blockWith } from "../support/docs.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

class UserActions extends Mailer {
  sendRegistrationMail(email: string, name: string) {
    return this.mail({ to: email, subject: `Welcome, ${name}` });
  }
}
const UserMailer = mailer(UserActions, { name: "UserMailer" });

it("docs/stores.md shows the fields of a stored job, as they are", async () => {
  const mongodbUri = await newMongoDatabase();
  const { app } = await startApp({}, { mongodbUri });
  await UserMailer.delay().sendRegistrationMail("ann@example.com", "Ann");
  const store = app.store as MongoJobStore;
  const document = await store.model.findOne().lean();
  const shown = blockWith("docs/stores.md", "db.delayed_jobs");
  const names = Array.from(shown.matchAll(/(?:^ {2}|, )(\w+): /gm), ([, name]) => name).filter(
    (name) => !["messageId", "date"].includes(name ?? ""),
  );
  expect(
    Object.keys(document ?? {})
      .filter((name) => name !== "__v")
      .sort(),
  ).toEqual(names.sort());
});

it("a job is stored with the record of its transaction, as docs/stores.md shows", async () => {
  const connection = await mongoose.createConnection(await newMongoDatabase()).asPromise();
  onTestFinished(() => connection.close());
  const User = connection.model("User", new mongoose.Schema({ email: String, name: String }));
  await User.createCollection();
  const { app } = await startApp({}, { mongoose: connection });
  await app.store.count({});
  const [email, name] = ["ann@example.com", "Ann"] as const;
  await connection.transaction(async (session) => {
    await User.create([{ email, name }], { session });
    await UserMailer.delay({ session }).sendRegistrationMail(email, name);
  });
  expect([await User.countDocuments(), await app.store.count({})]).toEqual([1, 1]);
});
