import type { Writable } from "node:stream";
import { StoreError } from "../errors/errors.ts";
import { envelopeOf } from "../mail/addresses.ts";
import type { RenderedMail } from "../mail/mail.ts";
import { attemptOnce } from "./outcome.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

export interface StreamOptions {
  /** Stays open when the transport is closed. */
  readonly output: Writable;
  /** For logs. @default "a stream" */
  readonly name?: string;
}

/**
 * Writes mails to a stream, as a mailbox that mail programs read (RFC 4155, with the quoting called mboxrd): to a pipe, a log, an
 * archive. A mail is what a recipient would get, so it says nothing of blind copies.
 */
export class StreamTransport implements Transport {
  readonly name: string;
  readonly connections = 5;
  readonly #output: Writable;
  /** What goes wrong is the outcome of the mail that met it. */
  readonly #ignore = () => undefined;

  constructor({ output, name = "a stream" }: StreamOptions) {
    this.name = name;
    this.#output = output.on("error", this.#ignore);
  }

  /** @throws InvalidMailError when the mail or `recipients` hold what is not exactly one address */
  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { from, to } = envelopeOf(mail, options.recipients);
    // Loaded here because programs that send no mails import this class too, with the library's index.
    const { compose } = await import("../mime/compose.ts");
    const entry = entryOf(await compose(mail, options), from, mail.date);
    return attemptOnce(options, async () => {
      const error = await this.#write(entry);
      if (error) return { class: "our-fault", response: error.message, accepted: [], refused: [] };
      return { class: "sent", response: `written to ${this.name}`, accepted: to, refused: [] };
    });
  }

  /** @throws StoreError when nothing can be written any more */
  async verify(): Promise<void> {
    if (!this.#output.writable) throw new StoreError(`${this.name} is closed: nothing can be written to it.`);
  }

  async close(): Promise<void> {
    this.#output.off("error", this.#ignore);
  }

  /** In one piece, so that mails written at once do not mix. */
  #write(entry: Buffer): Promise<Error | null | undefined> {
    return new Promise((resolve) => this.#output.write(entry, resolve));
  }
}

/** Bytes are kept as they are: the text is read and written as Latin-1. */
function entryOf(raw: Buffer, from: string, date: Date): Buffer {
  const lines = raw
    .toString("latin1")
    .replaceAll("\r\n", "\n")
    .replace(/^(>*From )/gm, ">$1");
  const head = `From ${Buffer.from(from).toString("latin1")} ${asctime(date)}\n`;
  return Buffer.from(`${head}${lines.endsWith("\n") ? lines : `${lines}\n`}\n`, "latin1");
}

/** `Thu Jan  1 00:00:00 1970`, in UTC. */
function asctime(date: Date): string {
  const [day = "", number = "", month = "", year = "", time = ""] = date.toUTCString().split(/,? /);
  return `${day} ${month} ${number.replace(/^0/, " ")} ${time} ${year}`;
}
