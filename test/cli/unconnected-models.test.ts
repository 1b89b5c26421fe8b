import mongoose from "mongoose";
import { describe, expect, it, onTestFinished } from "vitest";
import { useCli } from "../support/cli.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";

describe("a worker that starts", () => {
  const { cli } = useCli();

  async function linesOfWorker(): Promise<string> {
    const { out, err } = await cli("worker", "--exit-on-complete");
    return out + err;
  }

  it("says in one line that nothing connects the mongoose of the application's models", async () => {
    expect(await linesOfWorker()).not.toContain("await mongoose.connect");
    mongoose.model("UnconnectedUser", new mongoose.Schema({ email: String }));
    onTestFinished(() => void mongoose.deleteModel("UnconnectedUser"));
    const told = (await linesOfWorker())
      .split("\n")
      .filter((line) => line.includes("await mongoose.connect"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("UnconnectedUser");
  });

  it("says nothing of it where it is connected", async () => {
    mongoose.model("ConnectedUser", new mongoose.Schema({ email: String }));
    onTestFinished(async () => {
      mongoose.deleteModel("ConnectedUser");
      await mongoose.disconnect();
    });
    await mongoose.connect(await newMongoDatabase());
    expect(await linesOfWorker()).not.toContain("await mongoose.connect");
  });
});
