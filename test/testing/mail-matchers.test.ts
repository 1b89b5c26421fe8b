import { expect as jestExpect } from "expect";
import { describe, it, expect as vitestExpect } from "vitest";
import { captureMails, renderMail } from "../../src/testing/index.ts";
import { mailMatchers as forJest } from "../../src/testing/jest.ts";
import { mailMatchers as forVitest } from "../../src/testing/vitest.ts";
import { openShop, ShopMailer, textOf } from "./shop.ts";

vitestExpect.extend(forVitest);
jestExpect.extend(forJest);

const NINE = new Date("2026-03-01T09:00:00Z");

// Each runner's `expect` has types of its own; what is called here is the same for both.
describe.each([
  ["Vitest", vitestExpect],
  ["Jest", jestExpect as unknown as typeof vitestExpect],
])("the matchers for %s", (_, expect) => {
  it("look at a mail that was sent, and at one that was rendered", async () => {
    const mails = await openShop();
    await ShopMailer.receipt("ann@example.com", 42).deliver();
    const rendered = await renderMail(ShopMailer.receipt("ann@example.com", 42));
    for (const mail of [mails.sent[0], mails.sent[0]?.mail, rendered]) {
      expect(mail).toBeSentTo("ann@example.com");
      expect(mail).toBeSentTo("Bob <bob@example.com>");
      expect(mail).toBeSentTo(/^archive@/);
      expect(mail).not.toBeSentTo("cy@example.com");
      expect(mail).toBeFrom("fake-mailer@example.com");
      expect(mail).toHaveSubject("Receipt 42");
      expect(mail).toHaveSubject(/\d+$/);
      expect(mail).toContainText("Order 42");
      expect(mail).not.toContainHtml("Order");
      expect(mail).toHaveHeader("x-campaign");
      expect(mail).toHaveHeader("X-Campaign", "spring");
      expect(mail).not.toHaveHeader("X-Other");
      expect(mail).toHaveTag("order");
      expect(mail).toHaveAttachment("receipt.csv");
      expect(mail).toHaveAttachment({ filename: /csv/, content: "order\n42\n" });
      expect(mail).toMatchMail({ to: "office@example.com", metadata: { orderId: "42" }, transport: "bulk" });
    }
  });

  it("look at a fake mailer, and at what a block sent", async () => {
    const mails = await openShop();
    const captured = await captureMails(async () => {
      await ShopMailer.welcome("ann@example.com", "Ann").deliver();
      await ShopMailer.delay({ in: "2h" }).remind("ann@example.com", NINE, 10n);
    });
    for (const outbox of [mails, captured]) {
      expect(outbox).toHaveSent(ShopMailer, "welcome");
      expect(outbox).toHaveSent(ShopMailer, "welcome", ["ann@example.com", expect.any(String)], { times: 1 });
      expect(outbox).not.toHaveSent(ShopMailer, "welcome", ["ann@example.com", "Bob"]);
      expect(outbox).toHaveQueued(ShopMailer, "remind", [expect.anything(), NINE, 10n], { in: "2h" });
      expect(outbox).not.toHaveQueued(ShopMailer, "welcome");
      expect(outbox).toHaveSentCount(1);
      expect(outbox).toHaveQueuedCount(1);
      expect(outbox).not.toHaveNothingOutgoing();
    }
    expect({ sent: [], queued: [] }).toHaveNothingOutgoing();
  });

  it("stand for mails inside other expectations", async () => {
    const mails = await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    expect(mails.sent).toEqual([expect.toHaveSubject("Welcome, Ann")]);
    expect(mails.sent).not.toContainEqual(expect.toBeSentTo("bob@example.com"));
  });

  it("say in what a mail differs", async () => {
    await openShop();
    const mail = await renderMail(ShopMailer.receipt("ann@example.com", 42));
    vitestExpect(textOf(() => expect(mail).toHaveSubject("Receipt 43"))).toMatchInlineSnapshot(`
      "Expected the mail "Receipt 42" to ann@example.com, office@example.com, bob@example.com and 1 more to have
        subject: "Receipt 43"

      What differs:
        subject: "Receipt 42" instead of "Receipt 43""
    `);
    vitestExpect(textOf(() => expect(mail).not.toContainText(/\d/))).toMatchInlineSnapshot(`
      "Expected the mail "Receipt 42" to ann@example.com, office@example.com, bob@example.com and 1 more not to have
        text: /\\d/"
    `);
    vitestExpect(
      textOf(() => expect(mail).toMatchMail({ to: "cy@example.com", subject: /^Receipt/, tags: "x" })),
    ).toMatchInlineSnapshot(`
      "Expected the mail "Receipt 42" to ann@example.com, office@example.com, bob@example.com and 1 more to have
        to: "cy@example.com"
        subject: /^Receipt/
        tags: "x"

      What differs:
        to: cy@example.com is missing; there is "Lee, Ann" <ann@example.com>, office@example.com
        tags: "x" is missing; there is "receipt", "order""
    `);
  });

  it("say what was sent and what is in the queue, as the assertions do", async () => {
    const mails = await openShop();
    await ShopMailer.welcome("ann@example.com", "Ann").deliver();
    vitestExpect(
      textOf(() => expect(mails).toHaveSent(ShopMailer, "welcome", ["ann@example.com", "Bob"])),
    ).toMatchInlineSnapshot(`
      "Expected this mail to be sent:
        ShopMailer.welcome("ann@example.com", "Bob")

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"

      The nearest is 1, but for:
        args[1]: "Ann" instead of "Bob""
    `);
    vitestExpect(textOf(() => expect(mails).not.toHaveSent(ShopMailer, "welcome"))).toMatchInlineSnapshot(`
      "Expected this mail not to be sent:
        ShopMailer.welcome

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"

      That is 1."
    `);
    vitestExpect(textOf(() => expect(mails).toHaveQueued(ShopMailer, "welcome"))).toMatchInlineSnapshot(`
      "Expected this call to be in the queue:
        ShopMailer.welcome

      The queue is empty.

      Such a mail was sent: assertSent() looks among those."
    `);
    vitestExpect(textOf(() => expect(mails).not.toHaveSentCount(1))).toMatchInlineSnapshot(`
      "Expected not 1 mail to be sent.

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann""
    `);
    vitestExpect(textOf(() => expect(mails).toHaveNothingOutgoing())).toMatchInlineSnapshot(`
      "Expected nothing to go out.

      1 mail was sent:
        1. ShopMailer.welcome("ann@example.com", "Ann") to ann@example.com: "Welcome, Ann"

      The queue is empty."
    `);
    vitestExpect(
      textOf(() => expect({ sent: [], queued: [] }).not.toHaveNothingOutgoing()),
    ).toMatchInlineSnapshot(`
      "Expected something to go out.

      No mail was sent.

      The queue is empty."
    `);
  });

  it("refuse what they cannot look at, whether it is wanted or not", async () => {
    const mails = await openShop();
    vitestExpect(() => expect(mails).not.toHaveSubject("Hi")).toThrow(
      "toHaveSubject: expect() must be given one mail, such as mails.sent[0] or what renderMail() gives, and was given",
    );
    vitestExpect(() => expect(mails.sent[0]).not.toBeSentTo("ann@example.com")).toThrow(
      "and was given undefined",
    );
    vitestExpect(() => expect(mails.sent).not.toHaveSent(ShopMailer, "welcome")).toThrow(
      "toHaveSent: expect() must be given what fakeMailer() or captureMails() gives, and was given []",
    );
    const mail = await renderMail(ShopMailer.welcome("ann@example.com", "Ann"));
    vitestExpect(() => expect(mail).toContainText(undefined as never)).toThrow(
      "toContainText: it needs to be told what to look for",
    );
    vitestExpect(() => expect(mail).not.toMatchMail({ subjct: "Hi" } as object)).toThrow(
      "it knows no subjct",
    );
  });
});
