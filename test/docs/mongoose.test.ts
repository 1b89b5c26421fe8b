import { rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Express } from "express";
import mongoose from "mongoose";
import { expect, it, onTestFinished, vi } from "vitest";
import { close, configure, Job, openApp } from "../../src/index.ts";
import { filesOf } from "../support/docs.ts";
import { MemoryTransport } from "../support/memory-transport.ts";
import { newMongoDatabase } from "../support/mongo-database.ts";
import { writeFilesOf } from "../support/page-files.ts";

it("the server in docs/mongoose.md stores a user and his mail together, or neither", async () => {
  const folder = await writeFilesOf("docs/mongoose.md");
  vi.stubEnv("MONGODB_URI", await newMongoDatabase());
  const { server } = (await import(pathToFileURL(join(folder, "server.ts")).href)) as {
    server: Express;
  };
  const listening = await new Promise<Server>((resolve) => {
    const started: Server = server.listen(0, "127.0.0.1", () => resolve(started));
  });
  onTestFinished(async () => {
    listening.closeAllConnections();
    listening.close();
    await close();
    await mongoose.connection.dropDatabase();
    await mongoose.disconnect();
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });
  const transport = new MemoryTransport();
  configure({ mongoose: mongoose.connection, transport });
  const app = await openApp();
  await mongoose.model("User").createCollection();
  const { port } = listening.address() as AddressInfo;
  const post = (body: object) =>
    fetch(`http://127.0.0.1:${port}/users`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await post({ email: "ann@example.com", name: "Ann" })).status).toBe(201);
  // Without an address the user cannot be stored, and there is no job for him either.
  expect((await post({ name: "Nobody" })).status).toBe(500);
  expect(await Job.all().count()).toBe(1);
  expect(await mongoose.model("User").countDocuments()).toBe(1);
  await app.worker().workOff();
  expect(transport.sent.map(({ mail }) => [mail.to[0]?.address, mail.text])).toEqual([
    ["ann@example.com", "Hello Ann"],
  ]);
});

it("the worker in docs/mongoose.md connects before it runs", () => {
  const worker = filesOf("docs/mongoose.md")["workers/mail-worker.ts"] ?? "";
  expect(worker.indexOf("mongoose.connect(")).toBeGreaterThan(0);
  expect(worker.indexOf("mongoose.connect(")).toBeLessThan(worker.indexOf("await runWorker()"));
});
