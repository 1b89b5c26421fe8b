import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { InvalidOptionsError } from "../errors/errors.ts";

/** A key that encrypts what is stored, and the name it is known by there. */
export interface EncryptionKey {
  /** Stored beside everything it encrypts: letters, digits, "-" and "_", at most 50. */
  readonly id: string;
  /** 32 bytes, as base64. */
  readonly key: string;
}

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[\w-]{1,50}$/;

/** What `open` finds: the text, no key for it, or something that was not written by its key for this place. */
export type Opened =
  | { readonly text: string }
  | { readonly problem: "no key" }
  | { readonly problem: "changed"; readonly keyId: string };

/**
 * Encrypts with its first key and decrypts with all. What it writes is `<key id>.<nonce>.<tag>.<ciphertext>`, the last three as
 * base64url, by AES-256-GCM; it can be opened only for the place it was written for.
 */
export class Keyring {
  readonly #first: string;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  /**
   * @param keys a list, or `id:key` with commas between
   * @throws InvalidOptionsError, which never repeats a key
   */
  static of(keys: string | readonly EncryptionKey[]): Keyring {
    return new Keyring(typeof keys === "string" ? keys.split(",").map(keyIn) : keys);
  }

  private constructor(keys: readonly EncryptionKey[]) {
    const problems = problemsOf(keys);
    if (problems.length > 0) throw new InvalidOptionsError("encryptionKeys", problems);
    this.#first = keys[0]?.id ?? "";
    this.#keys = new Map(keys.map(({ id, key }) => [id, createSecretKey(key, "base64")]));
  }

  /** @param place what the text belongs to, such as the id of a job */
  seal(text: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key(this.#first), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    const parts = [nonce, cipher.getAuthTag(), sealed].map((part) => part.toString("base64url"));
    return [this.#first, ...parts].join(".");
  }

  open(sealed: string, place: string): Opened {
    const [keyId = "", ...parts] = sealed.split(".");
    if (!this.#keys.has(keyId)) return { problem: "no key" };
    const [nonce, tag, body] = parts.map((part) => Buffer.from(part, "base64url"));
    if (nonce?.length !== NONCE_BYTES || tag?.length !== TAG_BYTES || body === undefined)
      return { problem: "changed", keyId };
    try {
      const decipher = createDecipheriv(CIPHER, this.#key(keyId), nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(place)).setAuthTag(tag);
      return { text: Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8") };
    } catch {
      return { problem: "changed", keyId };
    }
  }

  #key(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (key) return key;
    throw new InvalidOptionsError("encryptionKeys", [`there is no key "${id}": add it to encryptionKeys`]);
  }
}

function keyIn(text: string): EncryptionKey {
  const at = text.indexOf(":");
  return { id: text.slice(0, Math.max(at, 0)).trim(), key: text.slice(at + 1).trim() };
}

function problemsOf(keys: readonly EncryptionKey[]): readonly string[] {
  if (keys.length === 0) return ["give at least one key"];
  const ids = keys.map(({ id }) => id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
  const known = keys.flatMap(({ id, key }, index) => {
    // A key without an id might be taken for one, so what does not look like an id is not repeated.
    if (!KEY_ID.test(id))
      return [`the id of key ${index + 1} must be 1 to 50 letters, digits, "-" or "_", as in 2026-11:BASE64`];
    const { length } = Buffer.from(key, "base64");
    return length === KEY_BYTES
      ? []
      : [`the key "${id}" has ${length} bytes, and must have ${KEY_BYTES} as base64`];
  });
  return [...known, ...twice.map((id) => `the id "${id}" is there twice`)];
}
