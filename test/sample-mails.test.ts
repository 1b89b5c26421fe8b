import "../mailers/news-mailer.preview.ts";
import "../mailers/order-mailer.preview.ts";
import "../mailers/user-mailer.preview.ts";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openPreviewer } from "../src/app/current-app.ts";
import type { RenderedMail } from "../src/mail/mail.ts";
import { type Preview, previewRegistry } from "../src/mailers/preview.ts";

const previewer = await openPreviewer();

interface SampleMail {
  readonly name: string;
  readonly locale: string;
  readonly mail: RenderedMail;
}

async function mailsOf(preview: Preview): Promise<readonly SampleMail[]> {
  const { mailer, action, scenario } = preview;
  return (await previewer.show(preview)).map((showing) => {
    if (showing.kind !== "shown") throw new Error(JSON.stringify(showing));
    const [locale = ""] = showing.locales;
    return { name: `${mailer}.${action}, ${scenario}, ${locale}`, locale, mail: showing.mail };
  });
}

const MAILS = (await Promise.all(previewRegistry.all().map(mailsOf))).flat();

function mailNamed(name: string): RenderedMail {
  const found = MAILS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no preview ${name}: ${MAILS.map((each) => each.name)}`);
  return found.mail;
}

function tags(html: string, name: string): readonly string[] {
  return html.match(new RegExp(`<${name}(?=[\\s>])[^>]*>`, "g")) ?? [];
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}

describe.each(MAILS)("the mail $name", ({ locale, mail }) => {
  const { html = "" } = mail;
  /** What mail programs other than Outlook see. */
  const seen = html.replace(/<!--\[if mso\]>[\s\S]*?<!\[endif\]-->/g, "");

  it("says its language, its direction and its title", () => {
    const [root = ""] = tags(html, "html");
    expect(attribute(root, "lang")).toBe(locale.slice(0, 2));
    expect(attribute(root, "dir")).toBe("ltr");
    expect(html).toContain(`<title>${mail.subject}</title>`);
    expect(html).toMatch(new RegExp(`role="article"[^>]* aria-label="[^"]+" lang="${locale.slice(0, 2)}"`));
  });

  it("tells tables of data from tables that only place things", () => {
    for (const table of seen.split(/(?=<table)/).slice(1)) {
      const [tag = ""] = tags(table, "table");
      const isData = /class="(facts|items)"/.test(tag);
      expect(attribute(tag, "role"), tag).toBe(isData ? undefined : "presentation");
      if (isData) expect(table).toMatch(/<th[^>]* scope="(col|row)"/);
    }
  });

  it("has words for every picture, headings in order, and links that say where they lead", () => {
    for (const image of tags(seen, "img")) {
      expect(attribute(image, "alt")).toMatch(/\w+ \w+/);
      expect(attribute(image, "width")).toMatch(/^\d+$/);
      expect(attribute(image, "src")).toMatch(/^https:\/\//);
    }
    expect(tags(seen, "h1")).toHaveLength(1);
    expect(seen.indexOf("<h1")).toBeLessThan(seen.includes("<h2") ? seen.indexOf("<h2") : html.length);
    const links = [...seen.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/g)];
    expect(links.length).toBeGreaterThan(1);
    for (const [, attributes = "", label = ""] of links) {
      expect(attribute(attributes, "href")).toMatch(/^(https:\/\/|mailto:)/);
      expect(label.replace(/<[^>]*>/g, "").trim()).not.toMatch(/^$|^(here|click here|hier)$/i);
    }
  });

  it("begins with a hidden preheader of its own, which the text part leaves out", () => {
    const [, preheader = ""] = /<div class="preheader" aria-hidden="true"[^>]*>([^&<]{20,})/.exec(html) ?? [];
    expect(preheader).not.toBe("");
    expect(preheader).not.toBe(mail.subject);
    expect(mail.text).not.toContain(preheader);
  });

  it("draws its buttons with VML for Outlook, with the link of the button that others see", () => {
    const buttons = tags(seen, "a").filter((tag) => attribute(tag, "class") === "button");
    const drawn = tags(html, "v:roundrect");
    expect(drawn.map((tag) => attribute(tag, "href"))).toEqual(buttons.map((tag) => attribute(tag, "href")));
    for (const tag of drawn) expect(attribute(tag, "style")).toMatch(/height:\d+px;.*width:\d+px/);
    expect(drawn.length).toBeGreaterThan(0);
  });

  it("keeps away from what Outlook and Gmail do not know", () => {
    expect(html.match(/<!--\[if /g)?.length).toBe(html.match(/<!\[endif\]-->/g)?.length);
    expect(html).toMatch(/<!--\[if mso\]><table role="presentation" width="600"/);
    const styles = seen.match(/style="[^"]*"/g)?.join("\n") ?? "";
    expect(styles).not.toMatch(/flex|grid|position:|float:|rgba?\(|hsla?\(|var\(|calc\(|background-image/);
    expect(seen).not.toMatch(/<(script|form|video|svg|object|iframe)\b/);
    const head = [...seen.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, css]) => css).join("");
    expect(head).toContain("prefers-color-scheme: dark");
    expect(Buffer.byteLength(head)).toBeLessThan(16_384);
    expect(Buffer.byteLength(html)).toBeLessThan(102_400);
  });

  it("says the same as text, with every link that matters", () => {
    expect(mail.text.length).toBeGreaterThan(200);
    expect(mail.text).not.toMatch(/<(?!https?:)\w+|&\w+;|\{\{|undefined|\[object/);
    const [button = ""] = tags(seen, "a").filter((tag) => attribute(tag, "class") === "button");
    expect(mail.text).toContain(
      (attribute(button, "href") ?? "").replaceAll("&#x3D;", "=").replaceAll("&amp;", "&"),
    );
  });
});

it("the receipt adds up, in the recipient's language", () => {
  const { html = "", text, subject } = mailNamed("OrderMailer.sendReceipt, in Ireland, en-IE");
  expect(subject).toBe("Your receipt for order 2026-10482");
  for (const amount of ["€864.00", "€48.00", "€390.00", "€1,085.00", "€217.00", "€1,302.00"]) {
    expect(html).toContain(amount);
    expect(text).toContain(amount);
  }
  expect(text).toMatch(/Harbour Team, one year\s+€864\.00\n9 × €96\.00/);
});

it("the password reset tells the time where its reader is", () => {
  const { html = "", text, subject } = mailNamed("UserMailer.sendPasswordReset, in Vienna, de-AT");
  expect(subject).toBe("Neues Passwort wählen");
  expect(html).toContain("21:41");
  expect(text).toContain("https://example.com/password/7fJq2c9VxTnB4sLkR8");
});

it("the same mail in English and German has the same shape", () => {
  const english = mailNamed("UserMailer.sendRegistrationMail, normal, en");
  const german = mailNamed("UserMailer.sendRegistrationMail, normal, de");
  const shape = ({ html = "" }: RenderedMail) => html.match(/<\/?[a-z][\w:]*/g);
  expect(shape(german)).toEqual(shape(english));
  expect(german.subject).toBe("Willkommen, Ada Lovelace");
  expect(german.text).not.toMatch(/\b(the|your|and)\b/);
});

it("every picture of the samples is there as a file", () => {
  const { html = "" } = mailNamed("NewsMailer.weekly, normal, en");
  const names = tags(html, "img").map((tag) => attribute(tag, "src")?.split("/").at(-1) ?? "");
  expect(names).toHaveLength(3);
  for (const name of names)
    expect(readFileSync(`templates/images/${name}`).readUInt32BE(16)).toBeGreaterThan(300);
});
