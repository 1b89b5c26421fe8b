import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../errors.ts";
import type { RenderedMail } from "../mail.ts";
import { compose } from "./compose.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

export interface InboxOptions {
  /** Made when it is not there. */
  readonly folder: string;
  readonly now?: () => Date;
}

/** For development: each mail becomes a file that mail programs open, `<time>-<hash>.eml`. */
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

  /** A mail sent twice is one file per time: the inbox shows what a real one would. */
  async send(mail: RenderedMail, { recipients, signal }: SendOptions = {}): Promise<Outcome> {
    if (signal?.aborted)
      return { class: "lost", response: "The send was aborted", accepted: [], refused: [] };
    const to = recipients ?? [...mail.to, ...mail.cc, ...mail.bcc].map(({ address }) => address);
    const path = join(this.#folder, this.#fileName(mail.messageId));
    await this.#write(path, await compose(mail));
    return { class: "sent", response: path, accepted: [...new Set(to)], refused: [] };
  }

  /** @throws StoreError when the folder cannot be made */
  async verify(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true });
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
  async #write(path: string, mail: Buffer): Promise<void> {
    await this.verify();
    await writeFile(`${path}.part`, mail, { flag: "wx" });
    await rename(`${path}.part`, path);
  }
}
