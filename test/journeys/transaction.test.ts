import mongoose from "mongoose";
import { describe, expect, it } from "vitest";
import { close, configure, Job } from "../../src/index.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { JourneyMailer } from "./fixture/journey-mailer.ts";

describe("a call inside the caller's transaction", () => {
  it("is stored with it, or not at all", async () => {
    const uri = await newMongoDatabase();
    const connection = await mongoose.createConnection(uri).asPromise();
    try {
      configure({ mongoose: connection });
      expect(await Job.all().count()).toBe(0);
      const users = await connection.createCollection("users");
      const register = (name: string, then: () => void) =>
        connection.transaction(async (session) => {
          await users.insertOne({ name }, { session });
          await JourneyMailer.delay({ session, uniqueKey: `welcome:${name}` }).welcome(
            "ann@example.com",
            name,
          );
          then();
        });
      const changedMind = register("Ann", () => {
        throw new Error("changed my mind");
      });
      await expect(changedMind).rejects.toThrow("changed my mind");
      expect([await users.countDocuments(), await Job.all().count()]).toEqual([0, 0]);
      await register("Ann", () => undefined);
      expect([await users.countDocuments(), await Job.all().count()]).toEqual([1, 1]);
    } finally {
      await close();
      await connection.dropDatabase();
      await connection.close();
    }
  });
});
