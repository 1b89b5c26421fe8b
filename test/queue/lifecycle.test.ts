import { describe, expect, it } from "vitest";
import { InvalidOptionsError } from "../../src/errors/errors.ts";
import { Events } from "../../src/events.ts";
import { Lifecycle, type LifecycleEvent } from "../../src/queue/lifecycle.ts";

const payload = { worker: "w" };

function setup() {
  const events = new Events();
  const failures: string[] = [];
  events.on("plugin.failed", ({ event, error }) => failures.push(`${event}: ${(error as Error).message}`));
  const lifecycle = new Lifecycle(events);
  const log: string[] = [];
  const work = async () => {
    log.push("work");
    return 7;
  };
  return { lifecycle, failures, log, work };
}

describe("the lifecycle", () => {
  it("tells a before callback its event, before the work (DJ-142)", async () => {
    const { lifecycle, log, work } = setup();
    lifecycle.before("loop", ({ worker }) => void log.push(`before ${worker}`));
    expect(await lifecycle.run("loop", payload, work)).toBe(7);
    expect(log).toEqual(["before w", "work"]);
  });

  it("runs an after callback after the work (DJ-143)", async () => {
    const { lifecycle, log, work } = setup();
    lifecycle.after("loop", () => void log.push("after"));
    await lifecycle.run("loop", payload, work);
    expect(log).toEqual(["work", "after"]);
  });

  it("lets a callback stand around the work (DJ-144)", async () => {
    const { lifecycle, log, work } = setup();
    lifecycle.around("loop", async (_, next) => {
      log.push("in");
      await next();
      log.push("out");
    });
    expect(await lifecycle.run("loop", payload, work)).toBe(7);
    expect(log).toEqual(["in", "work", "out"]);
  });

  it("nests several in the order they came (DJ-145)", async () => {
    const { lifecycle, log, work } = setup();
    for (const name of ["a", "b"])
      lifecycle.around("loop", async (_, next) => {
        log.push(`${name} in`);
        await next();
        log.push(`${name} out`);
      });
    await lifecycle.run("loop", payload, work);
    expect(log).toEqual(["a in", "b in", "work", "b out", "a out"]);
  });

  it("refuses a payload that lacks something, and says what it takes (DJ-146)", async () => {
    const { lifecycle, work } = setup();
    await expect(lifecycle.run("loop", {} as never, work)).rejects.toThrow("loop takes 1 parameter (worker)");
    await expect(lifecycle.run("perform", payload as never, work as never)).rejects.toThrow(
      "2 parameters (worker, job)",
    );
  });

  it("refuses an event that there is not", () => {
    const { lifecycle } = setup();
    expect(() => lifecycle.before("toString" as LifecycleEvent, () => undefined)).toThrow(
      InvalidOptionsError,
    );
  });

  it("gives what the work gives, whatever a callback around it gives (DJX-18)", async () => {
    const { lifecycle, work } = setup();
    lifecycle.around("loop", ((_: unknown, next: () => Promise<void>) =>
      next().then(() => "other")) as never);
    expect(await lifecycle.run("loop", payload, work)).toBe(7);
  });

  it("waits for the work, even where a callback around it does not", async () => {
    const { lifecycle } = setup();
    lifecycle.around("loop", (_, next) => void next());
    const slow = () => new Promise<number>((resolve) => setImmediate(() => resolve(9)));
    expect(await lifecycle.run("loop", payload, slow)).toBe(9);
  });

  it("does the work once, however often next is called", async () => {
    const { lifecycle, log, work } = setup();
    lifecycle.around("loop", async (_, next) => {
      await next();
      await next();
    });
    await lifecycle.run("loop", payload, work);
    expect(log).toEqual(["work"]);
  });

  it("fails work that a callback around it did not begin", async () => {
    const { lifecycle, log, work } = setup();
    lifecycle.around("loop", () => undefined);
    await expect(lifecycle.run("loop", payload, work)).rejects.toThrow('around("loop") did not call next()');
    expect(log).toEqual([]);
  });

  it("does not begin the work when a callback before it throws", async () => {
    const { lifecycle, log, work } = setup();
    lifecycle.before("loop", () => {
      throw new Error("no");
    });
    lifecycle.after("loop", () => void log.push("after"));
    await expect(lifecycle.run("loop", payload, work)).rejects.toThrow("no");
    expect(log).toEqual(["after"]);
  });

  it("runs after callbacks when the work threw, and throws its error (DJX-18)", async () => {
    const { lifecycle, log } = setup();
    lifecycle.after("loop", () => void log.push("after"));
    const broken = async () => {
      throw new Error("did not work");
    };
    await expect(lifecycle.run("loop", payload, broken)).rejects.toThrow("did not work");
    expect(log).toEqual(["after"]);
  });

  it("does not let a callback swallow the work's error", async () => {
    const { lifecycle } = setup();
    lifecycle.around("loop", async (_, next) => next().catch(() => undefined));
    const broken = async () => {
      throw new Error("did not work");
    };
    await expect(lifecycle.run("loop", payload, broken)).rejects.toThrow("did not work");
  });

  it("reports what a callback throws when the work is done, and undoes nothing", async () => {
    const { lifecycle, failures, work } = setup();
    lifecycle.around("loop", async (_, next) => {
      await next();
      throw new Error("around");
    });
    lifecycle.after("loop", () => {
      throw new Error("after");
    });
    expect(await lifecycle.run("loop", payload, work)).toBe(7);
    expect(failures).toEqual(["loop: around", "loop: after"]);
  });
});
