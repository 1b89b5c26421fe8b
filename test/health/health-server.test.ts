import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigurationError } from "../../src/errors/errors.ts";
import { type Health, startHealthServer } from "../../src/health/health-server.ts";
import { supervisorHealth, workerHealth } from "../../src/health/worker-health.ts";

async function setup(first: Partial<Health> = {}) {
  const health = { isAlive: true, isReady: true, details: { running: 3 }, ...first };
  const server = await startHealthServer(() => health, { port: 0, host: "127.0.0.1" });
  onTestFinished(() => server.close());
  const get = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return [response.status, method === "HEAD" ? undefined : await response.json()];
  };
  return { health, server, get };
}

describe("the health of a process", () => {
  it("is told by two paths, with what people want to know", async () => {
    const { get } = await setup();
    expect(await get("/healthz")).toEqual([200, { status: "ok", running: 3 }]);
    expect(await get("/readyz?verbose")).toEqual([200, { status: "ok", running: 3 }]);
    expect(await get("/readyz", "HEAD")).toEqual([200, undefined]);
  });

  it("may be alive and not ready, and is never ready where it is not alive", async () => {
    const { health, get } = await setup({ isReady: false });
    expect((await get("/healthz"))[0]).toBe(200);
    expect(await get("/readyz")).toEqual([503, { status: "unavailable", running: 3 }]);
    Object.assign(health, { isAlive: false, isReady: true });
    expect((await get("/healthz"))[0]).toBe(503);
    expect((await get("/readyz"))[0]).toBe(503);
  });

  it("tells nothing else, and takes nothing", async () => {
    const { get } = await setup();
    expect((await get("/"))[0]).toBe(404);
    expect((await get("/healthz/x"))[0]).toBe(404);
    expect((await get("/healthz", "POST"))[0]).toBe(405);
  });

  it("cannot be told at a port that is taken, and the error says so", async () => {
    const { server } = await setup();
    const second = startHealthServer(() => ({ isAlive: true, isReady: true, details: {} }), {
      port: server.port,
      host: "127.0.0.1",
    });
    await expect(second).rejects.toThrow(ConfigurationError);
    await expect(second).rejects.toThrow("the health port cannot be had: listen EADDRINUSE");
  });
});

const STATUS = {
  worker: "w",
  isStopping: false,
  storeWorks: true,
  running: 0,
  done: 0,
  failed: 0,
  isStuck: false,
};

describe("a worker", () => {
  it("is ready while its store works and it is not stopping", () => {
    expect(workerHealth(STATUS)).toMatchObject({ isAlive: true, isReady: true, details: STATUS });
    expect(workerHealth({ ...STATUS, storeWorks: false }).isReady).toBe(false);
    expect(workerHealth({ ...STATUS, isStopping: true }).isReady).toBe(false);
  });

  it("is not alive where actions that do not end have all its places", () => {
    expect(workerHealth({ ...STATUS, isStuck: true })).toMatchObject({ isAlive: false, isReady: false });
  });
});

describe("a supervisor", () => {
  const process = { process: "delayed-mailer.0", pid: 1, status: STATUS, silentMs: 900 };

  it("is ready when all its processes are", () => {
    expect(supervisorHealth([process, process], false)).toMatchObject({ isAlive: true, isReady: true });
    expect(supervisorHealth([process, { ...process, status: undefined }], false).isReady).toBe(false);
    expect(supervisorHealth([process], true).isReady).toBe(false);
  });

  it("is not alive when one of them has said nothing for half a minute, and names it", () => {
    const { isAlive, details } = supervisorHealth([{ ...process, silentMs: 30_001 }], false);
    expect(isAlive).toBe(false);
    expect(details).toMatchObject({ stuck: ["delayed-mailer.0"] });
  });
});
