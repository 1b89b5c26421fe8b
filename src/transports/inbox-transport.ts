import { createHash } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../errors/error-message.ts";
import { StoreError } from "../errors/errors.ts";
import { envelopeOf } from "../mail/envelope.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { compose } from "../mime/compose.ts";
import { attemptOnce } from "./attempt-once.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

export interface InboxOptions {
  /** Made when it is not there. */
  readonly folder: string;
  readonly now?: () => Date;
}

/**
 * For development: each mail becomes a file that mail programs open, `<time>-<hash>.eml`. The file is what a recipient would get, so
 * it says nothing of blind copies; and only the owner can read it.
 */
export class InboxTransport implements Transport {
  readonly name: string;
  readonly connections = 5;
  readonly #folder: string;
  readonly #now: () => Date;

  constructor({ folder, now = () => new Date() }: InboxOptions) {
    this.name = `the inbox folder ${folder}`;
    this.#folder = folder;
    this.#now = now;
  }

  /**
   * A mail sent twice is one file per time: the inbox shows what a real one would.
   * @throws InvalidMailError when the mail or `recipients` hold what is not exactly one address
   */
  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { to } = envelopeOf(mail, options.recipients);
    const message = await compose(mail, options);
    return attemptOnce(options, async () => {
      const path = join(this.#folder, this.#fileName(mail.messageId));
      const fault = await this.#write(path, message);
      if (fault) return { class: "our-fault", response: fault.message, accepted: [], refused: [] };
      return { class: "sent", response: path, accepted: to, refused: [] };
    });
  }

  /** @throws StoreError when the folder cannot be made */
  async verify(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StoreError(`The inbox folder ${this.#folder} cannot be made; set DELAYED_MAILER_INBOX.`, {
        cause: error,
      });
    }
  }

  async close(): Promise<void> {}

  /** Sorts by time; two processes never choose one name. */
  #fileName(messageId: string): string {
    const time = this.#now().toISOString().replaceAll(":", "-");
    const hash = createHash("sha256")
      .update(`${messageId} ${process.pid} ${performance.now()}`)
      .digest("hex")
      .slice(0, 8);
    return `${time}-${hash}.eml`;
  }

  /** Under another name first, so that nobody reads half a mail. */
  async #write(path: string, mail: Buffer): Promise<StoreError | undefined> {
    const part = `${path}.part`;
    try {
      await this.verify();
      await writeFile(part, mail, { flag: "wx", mode: 0o600 });
      await rename(part, path);
      return undefined;
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      if (error instanceof StoreError) return error;
      const reason = errorMessage(error);
      return new StoreError(`The inbox folder ${this.#folder} cannot be written: ${reason}`, {
        cause: error,
      });
    }
  }
}
