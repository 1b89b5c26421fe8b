import { buffer } from "node:stream/consumers";
import DKIM from "nodemailer/lib/dkim";
import { DkimError } from "../errors/errors.ts";
import type { DkimKey } from "./dkim-key.ts";
import type { Signer } from "./signer.ts";

/**
 * Every header that a mail of ours can have and that a reader sees or acts on. List-Unsubscribe-Post must be among them (RFC 8058 4);
 * nodemailer's own list leaves it out. A header that a mail does not have is left out of `h=`.
 */
const SIGNED = [
  "From",
  "Sender",
  "Reply-To",
  "To",
  "Cc",
  "Subject",
  "Date",
  "Message-ID",
  "In-Reply-To",
  "References",
  "MIME-Version",
  "Content-Type",
  "Content-Transfer-Encoding",
  "List-Id",
  "List-Unsubscribe",
  "List-Unsubscribe-Post",
  "List-Help",
  "List-Subscribe",
  "List-Post",
  "List-Owner",
  "List-Archive",
  "Feedback-ID",
  "Auto-Submitted",
].join(":");

const HEADER = "DKIM-Signature:";
const PROBE = Buffer.from("From: probe@example.com\r\nSubject: probe\r\n\r\nprobe\r\n");

/** Signs mails with DKIM (RFC 6376): rsa-sha256, relaxed/relaxed. */
export class DkimSigner implements Signer {
  readonly #signer: DKIM;

  /** Signs a probe first, because nodemailer says nothing of a key that it cannot use. @throws DkimError */
  static async open(key: DkimKey): Promise<DkimSigner> {
    const signer = new DkimSigner(key);
    await signer.sign(PROBE);
    return signer;
  }

  private constructor({ domain, selector, privateKey }: DkimKey) {
    this.#signer = new DKIM({
      domainName: domain,
      keySelector: selector,
      privateKey,
      headerFieldNames: SIGNED,
    });
  }

  /** @throws DkimError rather than give an unsigned mail */
  async sign(message: Buffer): Promise<Buffer> {
    const signed = await buffer(this.#signer.sign(message));
    if (signed.subarray(0, HEADER.length).toString() === HEADER) return signed;
    // Nodemailer leaves the signature out where signing fails.
    throw new DkimError("The mail could not be signed with the DKIM key, and is not sent unsigned.");
  }
}
