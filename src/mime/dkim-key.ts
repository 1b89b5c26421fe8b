import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { domainToASCII } from "node:url";

export interface DkimKey {
  /** The domain that signs. */
  readonly domain: string;
  /** The public key is in DNS at `<selector>._domainkey.<domain>`. */
  readonly selector: string;
  /** Parsed once: parsing it for every mail takes longer than signing. */
  readonly privateKey: KeyObject;
}

/** What the configuration says of it. */
export interface DkimSettings {
  readonly dkimDomain?: string | undefined;
  readonly dkimSelector?: string | undefined;
  readonly dkimPrivateKey?: string | undefined;
  readonly dkimPrivateKeyFile?: string | undefined;
}

/** RFC 8301 3.2: verifiers must not take less. */
const MIN_BITS = 1024;
const LABELS = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/**
 * The key that mails are signed with, or none where nothing is said of one.
 * @param senderDomain signs unless the settings name another
 * @throws Error which never repeats a part of the key
 */
export function dkimKeyOf(settings: DkimSettings, senderDomain: string | undefined): DkimKey | undefined {
  const { dkimDomain, dkimSelector: selector, dkimPrivateKey: text, dkimPrivateKeyFile: file } = settings;
  if ([dkimDomain, selector, text, file].every((value) => value === undefined)) return undefined;
  if (text !== undefined && file !== undefined)
    throw new Error("DKIM_PRIVATE_KEY (dkimPrivateKey) and DKIM_PRIVATE_KEY_FILE are both set: keep one");
  if (selector === undefined || !LABELS.test(selector))
    throw new Error(
      `DKIM_SELECTOR (dkimSelector) ${selector === undefined ? "is missing" : "is not a name in DNS"}: set it to what stands before ._domainkey in DNS`,
    );
  const domain = domainToASCII(dkimDomain ?? senderDomain ?? "");
  if (!LABELS.test(domain) || !domain.includes("."))
    throw new Error(
      "DKIM_DOMAIN (dkimDomain) is not a domain, and there is no MAIL_FROM to take it from: set one of them",
    );
  return { domain, selector, privateKey: rsaKey(text ?? keyIn(file)) };
}

function keyIn(file: string | undefined): string {
  if (file === undefined)
    throw new Error("the key to sign with is missing: set DKIM_PRIVATE_KEY or DKIM_PRIVATE_KEY_FILE");
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    throw new Error(`DKIM_PRIVATE_KEY_FILE (dkimPrivateKeyFile): ${file} cannot be read (${code})`, {
      cause: error,
    });
  }
}

/** Environments often hold a key in one line, with `\n` written out. */
function rsaKey(pem: string): KeyObject {
  const key = parsed(pem.replaceAll("\\n", "\n"));
  if (key.asymmetricKeyType !== "rsa")
    throw new Error(
      `the DKIM key is of the type ${key.asymmetricKeyType}: only RSA keys are signed with; make one with "openssl genrsa 2048"`,
    );
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits >= MIN_BITS) return key;
  throw new Error(
    `the DKIM key has ${bits} bits, and receivers take none below ${MIN_BITS} (RFC 8301): make one with "openssl genrsa 2048"`,
  );
}

function parsed(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new Error(
      "the DKIM key cannot be read: it must be a private key in PEM, without a passphrase (-----BEGIN PRIVATE KEY-----)",
      { cause: error },
    );
  }
}
