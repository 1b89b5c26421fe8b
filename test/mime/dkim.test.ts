import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { App } from "../../src/app/open-app.ts";
import { resolveConfig } from "../../src/config/resolve-config.ts";
import type { Settings } from "../../src/config/settings.ts";
import { ConfigurationError } from "../../src/errors/errors.ts";
import { Mailer, mailer } from "../../src/index.ts";
import { compose } from "../../src/mime/compose.ts";
import { dkimKeyOf } from "../../src/mime/dkim-key.ts";
import { DkimSigner } from "../../src/mime/dkim-signer.ts";
import { startApp } from "../support/app.ts";
import { verifyDkim } from "../support/dkim.ts";
import { aMail } from "../support/mails.ts";
import { startSmtpServer } from "../support/smtp-server.ts";

const folder = mkdtempSync(join(tmpdir(), "dkim-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pem = { type: "pkcs8", format: "pem" } as const;
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const dkimPrivateKey = privateKey.export(pem).toString();
const settings: Settings = { from: "Shop <shop@example.com>", dkimSelector: "mail2026", dkimPrivateKey };

function signer() {
  const key = dkimKeyOf({ dkimSelector: "mail2026", dkimPrivateKey }, "example.com");
  return DkimSigner.open(key!);
}

class DkimNews extends Mailer {
  weekly(email: string) {
    return this.mail({
      to: email,
      subject: "Grüße",
      list: { unsubscribe: "https://example.com/u?id=1", oneClick: true },
    });
  }
}
const News = mailer(DkimNews, { name: "DkimNews", args: { weekly: z.tuple([z.email()]) } });

describe("signing mails with DKIM", () => {
  it("gives a signature that verifies, from the sender's domain", async () => {
    const { tags, ...verdict } = verifyDkim(await compose(aMail(), { dkim: await signer() }), publicKey);
    expect(tags).toMatchObject({
      v: "1",
      a: "rsa-sha256",
      c: "relaxed/relaxed",
      s: "mail2026",
      d: "example.com",
    });
    expect(verdict).toMatchObject({ bodyMatches: true, signatureMatches: true });
  });

  it("verifies with long, folded and encoded headers, attachments and addresses outside ASCII", async () => {
    const mail = aMail({
      to: Array.from({ length: 40 }, (_, n) => ({ name: `Zoë, ${n}`, address: `zoë${n}@example.com` })),
      subject: `${"long  words ".repeat(40)}🎉`,
      text: `trailing spaces   \r\n\r\n${"x".repeat(3_000)}\n\n\n`,
      attachments: [
        { filename: "ü.bin", contentType: "application/octet-stream", content: new Uint8Array(5_000) },
      ],
    });
    const verdict = verifyDkim(await compose(mail, { dkim: await signer() }), publicKey);
    expect(verdict).toMatchObject({ bodyMatches: true, signatureMatches: true });
  });

  it("no longer verifies when a header or the body was changed", async () => {
    const raw = (await compose(aMail(), { dkim: await signer() })).toString();
    const other = (from: string, to: string) => verifyDkim(Buffer.from(raw.replace(from, to)), publicKey);
    expect(other("Subject: Hello", "Subject: Hullo").signatureMatches).toBe(false);
    expect(other("Hello Ann", "Hello Bob").bodyMatches).toBe(false);
  });

  it("covers what one-click unsubscribing stands on (RFC 8058 4)", async () => {
    const { messages, url, close } = await startSmtpServer();
    onTestFinished(close);
    await startApp({ "dkim-news/weekly.text.hbs": "News" }, {
      ...settings,
      transport: undefined,
      smtpUrl: url,
    } as unknown as Settings);
    await News.weekly("ann@example.com").deliver();
    const verdict = verifyDkim(messages[0]!.raw, publicKey);
    expect(verdict).toMatchObject({ bodyMatches: true, signatureMatches: true });
    expect(verdict.signed).toEqual(
      expect.arrayContaining(["from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"]),
    );
  });

  it("takes the key from a file, or from one line of the environment", () => {
    const file = join(folder, "key.pem");
    writeFileSync(file, dkimPrivateKey);
    const ours = (env: NodeJS.ProcessEnv) =>
      resolveConfig({}, { DKIM_DOMAIN: "example.com", DKIM_SELECTOR: "a", ...env });
    const fromFile = ours({ DKIM_PRIVATE_KEY_FILE: file });
    const fromLine = ours({ DKIM_PRIVATE_KEY: dkimPrivateKey.replaceAll("\n", "\\n") });
    expect(fromFile.dkim?.privateKey.equals(privateKey)).toBe(true);
    expect(fromLine.dkim?.privateKey.equals(privateKey)).toBe(true);
  });

  const ed25519 = generateKeyPairSync("ed25519").privateKey.export(pem).toString();
  const short = generateKeyPairSync("rsa", { modulusLength: 512 }).privateKey.export(pem).toString();
  const locked = privateKey.export({ ...pem, cipher: "aes-256-cbc", passphrase: "secret" }).toString();

  it.each<[string, Settings, RegExp]>([
    [
      "a key that is none",
      { dkimPrivateKey: "-----BEGIN PRIVATE KEY-----\nnonsense" },
      /the DKIM key cannot be read/,
    ],
    [
      "a public key",
      { dkimPrivateKey: publicKey.export({ type: "spki", format: "pem" }).toString() },
      /cannot be read/,
    ],
    ["a key with a passphrase", { dkimPrivateKey: locked }, /without a passphrase/],
    ["a key that is not RSA", { dkimPrivateKey: ed25519 }, /type ed25519.*openssl genrsa/],
    ["a key that receivers refuse", { dkimPrivateKey: short }, /512 bits/],
    [
      "a key file that is not there",
      { dkimPrivateKey: undefined, dkimPrivateKeyFile: "/nowhere/key.pem" } as unknown as Settings,
      /\/nowhere\/key\.pem cannot be read \(ENOENT\)/,
    ],
    ["two keys", { dkimPrivateKeyFile: "/nowhere/key.pem" }, /both set/],
    ["no key", { dkimPrivateKey: undefined } as unknown as Settings, /DKIM_PRIVATE_KEY_FILE/],
    ["no selector", { dkimSelector: undefined } as unknown as Settings, /DKIM_SELECTOR .* is missing/],
    ["a selector with a tag in it", { dkimSelector: "a; l=0" }, /DKIM_SELECTOR .* not a name in DNS/],
    ["a domain that is none", { dkimDomain: "example.com; x=y" }, /DKIM_DOMAIN/],
  ])("does not start with %s", async (_, wrong, message) => {
    const start = App.open({ sqlite: ":memory:", ...settings, ...wrong });
    await expect(start).rejects.toThrow(ConfigurationError);
    await expect(start).rejects.toThrow(message);
  });

  it("never tells a part of the key", async () => {
    const secret = dkimPrivateKey.split("\n").slice(1, 3).join("\n");
    const broken = `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`;
    const error: unknown = await App.open({ ...settings, dkimPrivateKey: broken }).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toContain("DKIM key");
    expect(String(error)).not.toContain(secret.slice(0, 20));
  });

  it("is an error, and never an unsigned mail, when the signing itself fails", async () => {
    const key = { domain: "example.com", selector: "a", privateKey: publicKey };
    await expect(DkimSigner.open(key)).rejects.toThrow("not sent unsigned");
  });
});
