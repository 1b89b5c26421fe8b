import { describe, expect, it } from "vitest";
import { Events } from "../src/events.ts";

const notice = { message: "hello" };

describe("events", () => {
  it("reach the listeners of their name, until they stop", () => {
    const events = new Events();
    const heard: string[] = [];
    const stop = events.on("app.notice", ({ message }) => heard.push(message));
    events.emit("app.notice", notice);
    events.emit("job.lost", { id: "x" });
    stop();
    events.emit("app.notice", notice);
    expect(heard).toEqual(["hello"]);
  });

  it("reach who listens to all of them, with their names, until they stop", () => {
    const events = new Events();
    const heard: unknown[] = [];
    const stop = events.onAny((name, payload) => heard.push([name, payload]));
    events.emit("app.notice", notice);
    stop();
    events.emit("app.notice", notice);
    expect(heard).toEqual([["app.notice", notice]]);
  });

  it("reach the others when one listener throws, and its error is an event of its own", () => {
    const events = new Events();
    const heard: string[] = [];
    events.onAny(() => {
      throw new Error("broken");
    });
    events.on("app.notice", () => {
      throw new Error("broken too");
    });
    events.on("app.notice", () => heard.push("third"));
    events.on("listener.failed", ({ event, error }) => heard.push(`${event}: ${(error as Error).message}`));
    events.emit("app.notice", notice);
    expect(heard).toEqual(["app.notice: broken", "app.notice: broken too", "third"]);
  });

  it("end when the listener of failures fails itself", () => {
    const events = new Events();
    events.on("listener.failed", () => {
      throw new Error("again");
    });
    events.on("app.notice", () => {
      throw new Error("broken");
    });
    expect(() => events.emit("app.notice", notice)).not.toThrow();
  });
});
