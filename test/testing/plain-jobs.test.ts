import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { job } from "../../src/index.ts";
import {
  assertNothingQueued,
  assertNotQueued,
  assertQueued,
  assertQueuedCount,
  type FakeMailer,
  fakeMailer,
  performQueued,
} from "../../src/testing/index.ts";

const performed: unknown[] = [];

const Resize = job("kit.Resize", {
  args: z.tuple([z.string(), z.int()]),
  queue: "images",
  perform(image, width) {
    performed.push([image, width]);
    if (image === "broken") throw new Error("no image");
  },
});

let mails: FakeMailer;
beforeEach(async () => {
  performed.length = 0;
  mails = await fakeMailer();
});
afterEach(() => mails.close());

describe("the test kit, of plain jobs", () => {
  it("finds a call in the queue, and performs it", async () => {
    await Resize.delay({ in: "2h" }).perform("cat", 640);
    assertQueued(Resize, "perform", ["cat", 640], { queue: "images", in: "2h" });
    assertNotQueued(Resize, "perform", ["dog", 640]);
    assertQueuedCount(1);
    await performQueued({ all: true });
    expect(performed).toEqual([["cat", 640]]);
    assertNothingQueued();
  });

  it("says what is there instead", async () => {
    await Resize.delay().perform("cat", 640);
    expect(() => assertQueued(Resize, "perform", ["dog", 640])).toThrow(
      /kit\.Resize\("dog", 640\)[\s\S]*kit\.Resize\("cat", 640\) in queue "images"[\s\S]*args\[0\]/,
    );
    expect(() => assertQueued(Resize, "performs" as never)).toThrow(
      /has no action "performs"; it has perform/,
    );
    expect(() => assertQueued({} as never, "perform" as never)).toThrow(
      /mailer\(\), job\(\) or delayable\(\)/,
    );
  });

  it("tells of one that failed", async () => {
    await Resize.delay().perform("broken", 640);
    await expect(performQueued()).rejects.toThrow(/kit\.Resize\("broken", 640\)[\s\S]*no image/);
  });
});
