import { Readable } from "node:stream";
import { createTransport, type SMTPPoolSentMessageInfo, type Transporter } from "nodemailer";
import { DelayedMailError } from "../errors.ts";
import type { RenderedMail } from "../mail.ts";
import { messageOf } from "../message-of.ts";
import { compose } from "./compose.ts";
import { type Envelope, envelopeOf, needsUtf8 } from "./envelope.ts";
import { announcedExtensions } from "./extensions.ts";
import { broken } from "./outcome.ts";
import { poolOptions, type SmtpTimeouts } from "./pool-options.ts";
import { SendGate } from "./send-gate.ts";
import { isStaleConnection, outcomeOf, refusalOf, type SmtpError } from "./smtp-error.ts";
import type { SmtpSettings } from "./smtp-url.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

/** The mail server cannot be used: not reachable, or it does not let us in. */
export class SmtpUnavailableError extends DelayedMailError {
  readonly code = "SMTP_UNAVAILABLE";
}

const PIECE = 16_384;
/** How long an aborted send waits for the server's answer once the dot may have left. */
const ANSWER_MS = 1_000;
const ABORTED = "The send was aborted before the mail was handed over";
const WITHOUT_UTF8: Outcome = {
  class: "rejected",
  response: "The mail server does not take addresses with letters outside ASCII before the @ (SMTPUTF8)",
  accepted: [],
  refused: [],
};

interface Attempted {
  readonly outcome: Outcome;
  /** False when a pooled connection turned out to be closed before anything was sent. */
  readonly fresh: boolean;
}

interface Sending {
  readonly raw: Buffer;
  readonly envelope: Envelope;
  readonly signal: AbortSignal | undefined;
  readonly isLive: () => boolean;
}

/** How far one message has got. */
class Trace {
  started = false;
  ended = false;
  readonly #isLive: () => boolean;
  readonly #controller = new AbortController();
  #answer: NodeJS.Timeout | undefined;

  constructor(isLive: () => boolean) {
    this.#isLive = isLive;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws Error when the mail is to be broken off */
  goOn(): void {
    if (!this.#isLive()) throw new Error(ABORTED);
  }

  /** Once the dot may have left, only the server's answer tells what became of the mail: it is waited for a little. */
  abort(): void {
    if (this.ended) this.#answer ??= setTimeout(() => this.#controller.abort(), ANSWER_MS);
    else this.#controller.abort();
  }

  /** The send is over. */
  close(): void {
    clearTimeout(this.#answer);
  }
}

/** Mail over SMTP, through nodemailer's pool. The pool never queues: what waits, waits in the store or at our own gate. */
export class SmtpTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #gate: SendGate;
  readonly #options: ReturnType<typeof poolOptions>;
  readonly #pool: Transporter<SMTPPoolSentMessageInfo>;
  #knowsUtf8 = false;

  constructor(settings: SmtpSettings, timeouts: SmtpTimeouts = {}) {
    const { host, port, secure, connections } = settings;
    this.name = `${secure ? "smtps" : "smtp"}://${host}:${port}`;
    this.connections = connections;
    this.#gate = new SendGate(connections);
    this.#options = poolOptions(settings, timeouts);
    this.#pool = createTransport(this.#options);
    this.#pool.use("stream", (mail, done) => {
      mail.message?.processFunc((stream) => lastStream(stream, traceOf(mail.data)));
      done();
    });
  }

  /** @throws InvalidMailError when the mail or `recipients` hold what is not exactly one address */
  async send(mail: RenderedMail, options: SendOptions = {}): Promise<Outcome> {
    const { recipients, signal, isLive = () => !signal?.aborted, bulk = false } = options;
    const envelope = envelopeOf(mail, recipients);
    const leave = await this.#gate.enter({ bulk, signal });
    if (leave === undefined) return broken("before-dot", ABORTED);
    try {
      if (needsUtf8(mail, envelope) && !(await this.#takesUtf8())) return WITHOUT_UTF8;
      const raw = await compose(mail, options);
      const sending = { raw, envelope, signal, isLive };
      const first = await this.#attempt(sending);
      const { outcome } = first.fresh ? first : await this.#attempt(sending);
      return outcome;
    } finally {
      leave();
    }
  }

  async verify(): Promise<void> {
    try {
      await this.#pool.verify();
    } catch (error) {
      const reason = messageOf(error);
      throw new SmtpUnavailableError(`${this.name} cannot be used: ${reason}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  /** A server that cannot be asked tells at the attempt why. */
  async #takesUtf8(): Promise<boolean> {
    if (this.#knowsUtf8) return true;
    const extensions = await announcedExtensions(this.#options).catch(() => undefined);
    this.#knowsUtf8 = extensions?.includes("SMTPUTF8") ?? false;
    return this.#knowsUtf8 || extensions === undefined;
  }

  async #attempt({ raw, envelope: { from, to }, signal, isLive }: Sending): Promise<Attempted> {
    // Aborted while the mail was composed, or between two attempts: no listener would hear of it any more.
    if (signal?.aborted || !isLive()) return { outcome: broken("before-dot", ABORTED), fresh: true };
    const trace = new Trace(isLive);
    const onAbort = () => trace.abort();
    signal?.addEventListener("abort", onAbort);
    try {
      const body = Readable.from(pieces(raw), { objectMode: false });
      const info = await this.#pool.sendMail({
        raw: body,
        envelope: { from: bare(from), to: to.map(bare), size: raw.length },
        signal: trace.signal,
        ...({ trace } as object),
      });
      return { outcome: sent(info), fresh: true };
    } catch (error) {
      const failure = error as SmtpError;
      return { outcome: outcomeOf(failure, trace), fresh: !isStaleConnection(failure, trace) };
    } finally {
      signal?.removeEventListener("abort", onAbort);
      trace.close();
    }
  }
}

/** In pieces, so that the connection takes them one by one: else all of a large mail would count as handed over at once. */
function* pieces(raw: Buffer): Generator<Buffer> {
  for (let at = 0; at < raw.length; at += PIECE) yield raw.subarray(at, at + PIECE);
}

function traceOf(data: object): Trace | undefined {
  return "trace" in data && data.trace instanceof Trace ? data.trace : undefined;
}

/** What the connection reads the message from: nothing of it before the server said go on to DATA, so that it is known how far it is. */
function lastStream(message: Readable, trace: Trace | undefined): Readable {
  if (trace === undefined) return message;
  return Readable.from(traced(message, trace), { objectMode: false, highWaterMark: 0 });
}

/** Its end is followed by the final dot at once, so this is the last moment to break it off. */
async function* traced(message: Readable, trace: Trace): AsyncGenerator<Buffer> {
  trace.started = true;
  for await (const piece of message) {
    trace.goOn();
    yield piece;
  }
  trace.goOn();
  trace.ended = true;
}

function sent({ accepted, rejectedErrors, response }: SMTPPoolSentMessageInfo): Outcome {
  const refused = (rejectedErrors ?? []).map((error) => refusalOf(error as SmtpError));
  return { class: "sent", code: 250, response, accepted: accepted.map(addressOf), refused };
}

/** As an object: nodemailer reads a string as a list. */
function bare(address: string): { name: string; address: string } {
  return { name: "", address };
}

function addressOf(recipient: string | { address?: string | undefined }): string {
  return typeof recipient === "string" ? recipient : (recipient.address ?? "");
}
