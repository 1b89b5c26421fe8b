import { errorMessage } from "../errors/error-message.ts";
import { envelopeOf } from "../mail/addresses.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { compose } from "../mime/compose.ts";
import { addToInbox, makeInbox } from "./inbox-folder.ts";
import { attemptOnce } from "./outcome.ts";
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
      try {
        const path = await addToInbox(this.#folder, message, this.#now());
        return { class: "sent", response: path, accepted: to, refused: [] };
      } catch (error) {
        return { class: "our-fault", response: errorMessage(error), accepted: [], refused: [] };
      }
    });
  }

  /** @throws StoreError when the folder cannot be made */
  verify(): Promise<void> {
    return makeInbox(this.#folder);
  }

  async close(): Promise<void> {}
}
