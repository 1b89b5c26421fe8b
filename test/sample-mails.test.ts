import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { UserMailer } from "../mailers/user-mailer.ts";
import { SAMPLES } from "../scripts/samples.ts";
import type { RenderedMail } from "../src/mail.ts";
import type { Message } from "../src/message.ts";
import { Renderer } from "../src/rendering/renderer.ts";

const GERMAN = UserMailer.with({ locale: "de-AT" }).sendRegistrationMail("ada@example.com", "Ada");

/** As the application renders them, without its stores. */
async function render(message: Message): Promise<RenderedMail> {
  const { spec, defaults } = await message.draft();
  const { mailer, action, params } = message;
  const renderer = new Renderer({ templates: "templates" });
  return renderer.render(spec, {
    mailer,
    action,
    defaults,
    params,
    messageId: "<1@x.test>",
    date: new Date(0),
  });
}

function tags(html: string, name: string): readonly string[] {
  return html.match(new RegExp(`<${name}(?=[\\s>])[^>]*>`, "g")) ?? [];
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}

describe.each(Object.entries({ ...SAMPLES, "registration in German": GERMAN }))(
  "the %s mail",
  (_, message) => {
    let mail: RenderedMail;
    let html: string;
    /** What mail programs other than Outlook see. */
    let seen: string;

    beforeAll(async () => {
      mail = await render(message);
      html = mail.html ?? "";
      seen = html.replace(/<!--\[if mso\]>[\s\S]*?<!\[endif\]-->/g, "");
    });

    it("says its language, its direction and its title", () => {
      const locale = typeof message.params.locale === "string" ? message.params.locale : "en";
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
      const [, preheader = ""] =
        /<div class="preheader" aria-hidden="true"[^>]*>([^&<]{20,})/.exec(html) ?? [];
      expect(preheader).not.toBe("");
      expect(preheader).not.toBe(mail.subject);
      expect(mail.text).not.toContain(preheader);
    });

    it("draws its buttons with VML for Outlook, with the link of the button that others see", () => {
      const buttons = tags(seen, "a").filter((tag) => attribute(tag, "class") === "button");
      const drawn = tags(html, "v:roundrect");
      expect(drawn.map((tag) => attribute(tag, "href"))).toEqual(
        buttons.map((tag) => attribute(tag, "href")),
      );
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
  },
);

it("the receipt adds up, in the recipient's language", async () => {
  const { html = "", text, subject } = await render(SAMPLES.receipt!);
  expect(subject).toBe("Your receipt for order 2026-10482");
  for (const amount of ["€864.00", "€48.00", "€390.00", "€1,085.00", "€217.00", "€1,302.00"]) {
    expect(html).toContain(amount);
    expect(text).toContain(amount);
  }
  expect(text).toMatch(/Harbour Team, one year\s+€864\.00\n9 × €96\.00/);
});

it("the password reset tells the time where its reader is", async () => {
  const { html = "", text, subject } = await render(SAMPLES["password-reset"]!);
  expect(subject).toBe("Neues Passwort wählen");
  expect(html).toContain("21:41");
  expect(text).toContain("https://example.com/password/7fJq2c9VxTnB4sLkR8");
});

it("the same mail in English and German has the same shape", async () => {
  const english = await render(SAMPLES.registration!);
  const german = await render(GERMAN);
  const shape = ({ html = "" }: RenderedMail) => html.match(/<\/?[a-z][\w:]*/g);
  expect(shape(german)).toEqual(shape(english));
  expect(german.subject).toBe("Willkommen, Ada");
  expect(german.text).not.toMatch(/\b(the|your|and)\b/);
});

it("every picture of the samples is there as a file", async () => {
  const { html = "" } = await render(SAMPLES.newsletter!);
  const names = tags(html, "img").map((tag) => attribute(tag, "src")?.split("/").at(-1) ?? "");
  expect(names).toHaveLength(3);
  for (const name of names)
    expect(readFileSync(`templates/images/${name}`).readUInt32BE(16)).toBeGreaterThan(300);
});
