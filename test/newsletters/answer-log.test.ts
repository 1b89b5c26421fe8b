import { describe, expect, it } from "vitest";
import { AnswerLog, packAnswers, unpackAnswers } from "../../src/newsletters/answers/answer-log.ts";
import { queueIdOf } from "../../src/newsletters/answers/queue-id.ts";

describe("answers", () => {
  it("come back as they were, in their order", () => {
    const log = new AnswerLog();
    log.add(7, "sent", "250 2.0.0 Ok: queued as 4dX ä🎉", 250, 1_700_000_000_123);
    log.add(3, "failed", "the template breaks\nhere", undefined, 1_700_000_000_100);
    expect(unpackAnswers(log.pack().bytes)).toEqual([
      {
        index: 7,
        outcome: "sent",
        code: 250,
        response: "250 2.0.0 Ok: queued as 4dX ä🎉",
        at: new Date(1_700_000_000_123),
      },
      { index: 3, outcome: "failed", response: "the template breaks\nhere", at: new Date(1_700_000_000_100) },
    ]);
  });

  it("are forgotten when they are stored, and not those that came meanwhile", () => {
    const log = new AnswerLog();
    log.add(0, "sent", "a");
    const { count } = log.pack();
    log.add(1, "sent", "b");
    log.forget(count);
    expect(unpackAnswers(log.pack().bytes).map(({ response }) => response)).toEqual(["b"]);
    log.forget(log.size);
    expect(log.pack()).toMatchObject({ count: 0 });
  });

  it("of a later version are left out", () => {
    const { bytes } = packAnswers([{ index: 0, outcome: "sent", response: "250" }]);
    bytes[0] = 99;
    expect(unpackAnswers(bytes)).toEqual([]);
    expect(unpackAnswers(new Uint8Array())).toEqual([]);
  });

  it("take less than 16 bytes each where a hundred are stored at once, with the queue id and the time", () => {
    let seed = 7;
    const letter = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return "BCDFGHJKLMNPQRSTVWXYZ0123456789bcdfghjklmnpqrstvwxyz"[(seed >> 8) % 52];
    };
    const log = new AnswerLog();
    for (let index = 0; index < 100; index++) {
      const id = Array.from({ length: 11 }, letter).join("");
      log.add(index, "sent", `250 2.0.0 Ok: queued as 4d${id}`, 250, 1_700_000_000_000 + index * 3);
    }
    expect(log.pack().bytes.length / 100).toBeLessThan(16);
  });

  it("are cut where somebody says more than a server may", () => {
    const { bytes } = packAnswers([{ index: 0, outcome: "failed", response: "x".repeat(5_000) }]);
    expect(unpackAnswers(bytes)[0]?.response).toHaveLength(1_000);
  });
});

describe("the queue id in an answer", () => {
  it.each([
    ["250 2.0.0 Ok: queued as 4dXyZ12345abc", "4dXyZ12345abc"],
    ["250 2.0.0 Ok: queued as 0123456789", "0123456789"],
    ["250 OK id=1tABcd-000000012AB-3xYz", "1tABcd-000000012AB-3xYz"],
    ["250 2.0.0 4a1b2c3d Message accepted for delivery", "4a1b2c3d"],
    ["250 2.0.0 xA1B2c3D012345 Message accepted for delivery", "xA1B2c3D012345"],
    [
      "250 2.6.0 <m@x.test> [InternalId=4711, Hostname=mx.x.test] 1234 bytes Queued mail for delivery",
      "4711",
    ],
    ["250 2.0.0 OK  1700000000 a1-20020a05si123.45 - gsmtp", "a1-20020a05si123.45"],
    ["250 Ok 0102018bcdef-1234-5678", "0102018bcdef-1234-5678"],
    ["250 Message queued as <abc@x.test>", "abc@x.test"],
    ["250 ok", undefined],
    ["250 2.0.0 Ok", undefined],
    ["/inbox/2026-mail.eml", undefined],
    ["", undefined],
  ])("%s", (response, id) => {
    expect(queueIdOf(response)).toBe(id);
  });
});
