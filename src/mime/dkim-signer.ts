import { createHash, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { errorMessage } from "../errors/error-message.ts";
import { DkimError } from "../errors/errors.ts";
import { memoize } from "../memoize.ts";
import type { DkimKey } from "./dkim-key.ts";
import { relaxedBody, relaxedField, relaxedFields } from "./relaxed.ts";
import type { Signer } from "./signer.ts";

/**
 * Every header that a mail of ours can have and that a reader sees or acts on. List-Unsubscribe-Post must be among them (RFC 8058 4). One
 * that a mail does not have is left out of `h=`.
 */
const SIGNED: readonly string[] = [
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "subject",
  "date",
  "message-id",
  "in-reply-to",
  "references",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
  "list-id",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "list-help",
  "list-subscribe",
  "list-post",
  "list-owner",
  "list-archive",
  "feedback-id",
  "auto-submitted",
];

const signed = promisify<string, Buffer, KeyObject, Buffer>(sign);
const HEAD_END = "\r\n\r\n";
const LONGEST_LINE = 74;
const PROBE = Buffer.from("From: probe@example.com\r\nSubject: probe\r\n\r\nprobe\r\n");

/** Signs mails with DKIM (RFC 6376): rsa-sha256, relaxed/relaxed. */
export class DkimSigner implements Signer {
  readonly #key: KeyObject;
  /** The header up to its hash of the body, by the names of what is signed. */
  readonly #start: (names: string) => string;

  /** Signs a probe first, so that a key that cannot sign is found at the start. @throws DkimError */
  static async open(key: DkimKey): Promise<DkimSigner> {
    const signer = new DkimSigner(key);
    await signer.sign(PROBE);
    return signer;
  }

  private constructor({ domain, selector, privateKey }: DkimKey) {
    this.#key = privateKey;
    const start = `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=${domain}; s=${selector};\r\n`;
    this.#start = memoize((names) => `${start} h=${folded(names)};\r\n bh=`);
  }

  /** @throws DkimError rather than give an unsigned mail */
  async sign(message: Buffer): Promise<Buffer> {
    const text = message.toString("latin1");
    const end = text.indexOf(HEAD_END);
    const fields = relaxedFields(text.slice(0, end));
    const names = SIGNED.filter((name) => fields.has(name));
    const body = createHash("sha256").update(relaxedBody(text.slice(end + HEAD_END.length)), "latin1");
    const header = `${this.#start(names.join(":"))}${body.digest("base64")};\r\n b=`;
    const canonical = [...names.map((name) => fields.get(name)), relaxedField(header)].join("\r\n");
    const signature = await signatureOf(canonical, this.#key);
    return Buffer.concat([Buffer.from(`${header}${signature}\r\n`, "latin1"), message]);
  }
}

/** Of the names in `h=`, in lines. */
function folded(names: string): string {
  const lines = [""];
  for (const name of names.split(":")) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + name.length > LONGEST_LINE - " h=:;".length) lines.push(name);
    else lines[lines.length - 1] = line === "" ? name : `${line}:${name}`;
  }
  return lines.join(":\r\n ");
}

/** Made off the event loop: it takes longer than everything else that is done for a mail. */
async function signatureOf(canonical: string, key: KeyObject): Promise<string> {
  try {
    const signature = await signed("sha256", Buffer.from(canonical, "latin1"), key);
    return signature.toString("base64").replace(/.{72}(?!$)/g, "$&\r\n ");
  } catch (error) {
    const message = `The mail could not be signed with the DKIM key, and is not sent unsigned: ${errorMessage(error)}. Check the key that DKIM_PRIVATE_KEY or DKIM_PRIVATE_KEY_FILE gives.`;
    throw new DkimError(message, { cause: error });
  }
}
