import { AssertionError } from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, onTestFinished } from "vitest";
import { z } from "zod";
import { Mailer, mailer, StopMail } from "../../src/index.ts";
import { type FakeMailer, type FakeMailerOptions, fakeMailer } from "../../src/testing/index.ts";

export interface Person {
  readonly email: string;
  readonly name: string;
}

class ShopActions extends Mailer<{ company?: string }> {
  welcome(email: string, name: string) {
    if (name === "Nobody") throw new StopMail("asked us not to write");
    return this.mail({ to: email, subject: `Welcome, ${name}`, locals: { name } });
  }

  remind(email: string, at: Date, points: bigint, options: { note?: string; items?: string[] } = {}) {
    return this.mail({ to: email, subject: "Remember", locals: { at, points: String(points), ...options } });
  }

  receipt(email: string, order: number) {
    return this.mail({
      to: [{ name: "Lee, Ann", address: email }, "office@example.com"],
      cc: "Bob <bob@example.com>",
      bcc: "archive@example.com",
      replyTo: "help@shop.example",
      subject: `Receipt ${order}`,
      headers: { "X-Campaign": "spring" },
      tags: ["receipt", "order"],
      metadata: { orderId: String(order) },
      attachments: [
        { filename: "receipt.csv", contentType: "text/csv", content: `order\n${order}\n` },
        { filename: "logo.bin", content: Uint8Array.of(1, 2, 3) },
      ],
      transport: "bulk",
      locals: { order },
    });
  }

  broken(email: string) {
    return this.mail({ to: email, subject: "Broken" });
  }

  flaky(email: string) {
    if (failing.has(email)) throw new TypeError(`no connection for ${email}`);
    return this.mail({
      to: email,
      subject: "Flaky",
      template: "shop-mailer/welcome",
      locals: { name: "you" },
    });
  }

  weekly(person: Person, issue: number) {
    const locals = person.name === "" ? {} : { name: person.name };
    return this.mail({
      to: person.email,
      subject: `Issue ${issue}`,
      template: "shop-mailer/welcome",
      locals,
    });
  }

  never(email: string) {
    return this.mail({ to: email, subject: "Never" });
  }
}

/** The addresses for which `flaky` throws. */
export const failing = new Set<string>();

export const ShopMailer = mailer(ShopActions, {
  name: "ShopMailer",
  args: { welcome: z.tuple([z.email(), z.string()]) },
});

const TEMPLATES = {
  "shop-mailer/welcome.html.hbs":
    '<p class="hello">Hello <b>{{name}}</b>,</p>\n<p>your order\n  42 is on its way.</p>',
  "shop-mailer/welcome.de.html.hbs": "<p>Hallo {{name}}</p>",
  "shop-mailer/remind.text.hbs": "Remember {{date at dateStyle='short'}}: {{points}} points",
  "shop-mailer/receipt.text.hbs": "Order {{order}}",
  "shop-mailer/broken.text.hbs": "Hello {{name}}",
};

/** The folder of the shop's templates, while the tests of a file run. */
export const templates = mkdtempSync(join(tmpdir(), "delayed-mailer-shop-"));
for (const [path, text] of Object.entries(TEMPLATES)) {
  mkdirSync(dirname(join(templates, path)), { recursive: true });
  writeFileSync(join(templates, path), text);
}
afterAll(() => rmSync(templates, { recursive: true, force: true }));

/** A fake mailer with the shop's templates and transports, until the test is over. */
export async function openShop(options: FakeMailerOptions = {}): Promise<FakeMailer> {
  const mails = await fakeMailer({ templates, transports: { main: "memory:", bulk: "memory:" }, ...options });
  onTestFinished(async () => {
    failing.clear();
    await mails.close();
  });
  return mails;
}

/** What an assertion that fails says. */
export function textOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof AssertionError || error.name === "Error")
      return error.message.replaceAll(templates, "templates");
    throw error;
  }
  throw new Error("The assertion holds.");
}
