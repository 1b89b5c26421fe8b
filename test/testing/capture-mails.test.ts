import { describe, expect, it } from "vitest";
import { captureMails, FakeMailerError, performQueued } from "../../src/testing/index.ts";
import { openShop, ShopMailer } from "./shop.ts";

const welcome = (name: string) => ShopMailer.welcome("ann@example.com", name);

describe("captureMails", () => {
  it("gives what went out while its block ran, and what the block gave", async () => {
    await openShop();
    await welcome("Before").deliver();
    await welcome("Before").deliverLater();
    const { sent, queued, result } = await captureMails(async () => {
      await welcome("Inside").deliver();
      await welcome("Inside").deliverLater();
      return 7;
    });
    await welcome("After").deliver();
    expect(sent.map(({ args }) => args[1])).toEqual(["Inside"]);
    expect(queued.map(({ args }) => args[1])).toEqual(["Inside"]);
    expect(result).toBe(7);
  });

  it("counts what was performed inside as sent, and not as queued any more", async () => {
    await openShop();
    await welcome("Before").deliverLater();
    const { sent, queued } = await captureMails(async () => {
      await welcome("Inside").deliverLater();
      await performQueued();
    });
    expect(sent.map(({ args }) => args[1])).toEqual(["Before", "Inside"]);
    expect(queued).toEqual([]);
  });

  it("takes a block that is not async, and throws what it throws", async () => {
    await openShop();
    expect((await captureMails(() => 7)).result).toBe(7);
    await expect(
      captureMails(() => {
        throw new TypeError("no");
      }),
    ).rejects.toThrow(TypeError);
    expect((await captureMails(() => 8)).result).toBe(8);
  });

  it("can be used inside itself", async () => {
    await openShop();
    const outer = await captureMails(async () => {
      await welcome("Outer").deliver();
      return captureMails(() => welcome("Inner").deliver());
    });
    expect(outer.sent).toHaveLength(2);
    expect(outer.result.sent).toHaveLength(1);
  });

  it("refuses to run beside itself, where each block would have the mails of both", async () => {
    await openShop();
    const capture = (name: string) => captureMails(() => welcome(name).deliver());
    const [first, second] = await Promise.allSettled([capture("Ann"), capture("Bob")]);
    expect([first.status, second.status]).toEqual(["fulfilled", "rejected"]);
    expect(second.status === "rejected" && second.reason).toBeInstanceOf(FakeMailerError);
    expect((await capture("Cy")).sent).toHaveLength(1);
  });

  it("is not kept from running by a block that never ended, of a test that was given up", async () => {
    const mails = await openShop();
    void captureMails(() => new Promise(() => undefined));
    await mails.close();
    await openShop();
    expect((await captureMails(() => welcome("Ann").deliver())).sent).toHaveLength(1);
  });

  it("needs a fake mailer", async () => {
    await expect(captureMails(() => 7)).rejects.toThrow("captureMails() needs a fake mailer");
  });
});
