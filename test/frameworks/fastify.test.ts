import fastify from "fastify";
import { afterEach, expect, it } from "vitest";
import { close, isOpen } from "../../src/app/current-app.ts";
import { delayedMailer } from "../../src/frameworks/fastify.ts";
import { ConfigurationError, Job, job, MemoryTransport } from "../../src/index.ts";
import { eventually } from "../support/eventually.ts";

const performed: number[] = [];
const Note = job("FastifyNote", { perform: () => void performed.push(1) });
const settings = { sqlite: ":memory:", from: "a@x.test", transport: new MemoryTransport() };

afterEach(close);

async function start(options: object) {
  const server = fastify();
  // biome-ignore lint/nursery/noMisusedPromises: Fastify takes plugins with a callback, and those with a promise.
  await server.register(delayedMailer, { settings, ...options });
  server.post("/notes", async () => ({ job: (await Note.delay().perform()).id }));
  await server.ready();
  return server;
}

it("opens with the server and closes with it", async () => {
  const server = await start({});
  expect(isOpen()).toBe(true);
  const { job: id } = (await server.inject({ method: "POST", url: "/notes" })).json();
  expect((await Job.find(id))?.state).toBe("ready");
  await server.close();
  expect(isOpen()).toBe(false);
});

it("performs jobs where it is asked to", async () => {
  performed.length = 0;
  const server = await start({ worker: { concurrency: 1 } });
  await server.inject({ method: "POST", url: "/notes" });
  await eventually("the job is performed", () => performed.length === 1);
  await server.close();
  expect(isOpen()).toBe(false);
});

it("stops the start where settings are not usable", async () => {
  await expect(start({ settings: { ...settings, maxAttempts: -1 } })).rejects.toThrow(ConfigurationError);
});
