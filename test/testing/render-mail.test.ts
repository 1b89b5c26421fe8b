import { describe, expect, it } from "vitest";
import { configure, isOpen } from "../../src/app/current-app.ts";
import { renderMail } from "../../src/testing/index.ts";
import { openShop, ShopMailer, templates } from "./shop.ts";

const message = () => ShopMailer.welcome("ann@example.com", "Ann");

describe("renderMail", () => {
  it("gives the finished mail, the same each time", async () => {
    await openShop({ from: "Shop <shop@shop.example>" });
    const mail = await renderMail(message());
    expect(mail).toMatchInlineSnapshot(`
      {
        "bcc": [],
        "cc": [],
        "date": 2026-01-01T00:00:00.000Z,
        "from": {
          "address": "shop@shop.example",
          "name": "Shop",
        },
        "headers": {},
        "html": "<p class="hello">Hello <b>Ann</b>,</p>
      <p>your order
        42 is on its way.</p>",
        "locale": "en",
        "messageId": "<rendered@example.com>",
        "replyTo": [],
        "subject": "Welcome, Ann",
        "text": "Hello Ann,

      your order 42 is on its way.
      ",
        "to": [
          {
            "address": "ann@example.com",
            "name": "",
          },
        ],
      }
    `);
    expect(await renderMail(message())).toEqual(mail);
  });

  it("sends nothing, and leaves the message as it was", async () => {
    const mails = await openShop();
    const rendered = message();
    await renderMail(rendered);
    expect(mails.sent).toEqual([]);
    await rendered.deliver();
    expect(mails.sent[0]?.mail.messageId).not.toBe("<rendered@example.com>");
  });

  it("needs no fake mailer, and opens no application", async () => {
    configure({ templates, from: "own@shop.example", mongodbUri: "mongodb://127.0.0.1:1/none" });
    const mail = await renderMail(message(), { locale: "de" });
    expect(mail).toMatchObject({ text: "Hallo Ann\n", from: { address: "own@shop.example" } });
    expect(isOpen()).toBe(false);
    configure({});
  });

  it("takes settings of its own beside a fake mailer's", async () => {
    await openShop({ from: "shop@shop.example" });
    const mail = await renderMail(message(), { locale: "de" });
    expect(mail).toMatchObject({ text: "Hallo Ann\n", from: { address: "shop@shop.example" } });
  });

  it("throws what rendering throws, and refuses what is no message", async () => {
    await openShop();
    await expect(renderMail(ShopMailer.broken("ann@example.com"))).rejects.toThrow('"name" is missing');
    await expect(renderMail("welcome" as never)).rejects.toThrow(
      'it takes a message, such as UserMailer.welcome("ann@example.com"), and was given "welcome"',
    );
  });
});
