import { Readable } from "node:stream";
import { createTransport, type SMTPPoolSentMessageInfo, type Transporter } from "nodemailer";
import { DelayedMailError } from "../errors.ts";
import type { RenderedMail } from "../mail.ts";
import { compose } from "./compose.ts";
import { broken } from "./outcome.ts";
import { SendGate } from "./send-gate.ts";
import { isStaleConnection, outcomeOf, refusalOf, type SmtpError } from "./smtp-error.ts";
import type { SmtpSettings } from "./smtp-url.ts";
import type { Outcome, SendOptions, Transport } from "./transport.ts";

export interface SmtpTimeouts {
  /** To connect, in ms. @default 10_000 */
  readonly connect?: number;
  /** For the server's greeting, in ms. @default 10_000 */
  readonly greeting?: number;
  /**
   * For any later answer, in ms; RFC 5321 4.5.3.2.6 asks for ten minutes after the final dot, because giving up earlier sends mails
   * twice. A worker keeps its leases meanwhile. @default 600_000
   */
  readonly answer?: number;
  /** Until an idle connection is closed, in ms. @default 10_000 */
  readonly idle?: number;
}

/** The mail server cannot be used: not reachable, or it does not let us in. */
export class SmtpUnavailableError extends DelayedMailError {
  readonly code = "SMTP_UNAVAILABLE";
}

const PIECE = 16_384;

/** How far one message has got. */
class Trace {
  started = false;
  ended = false;
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Once the dot may have left, only the server's answer tells what became of the mail. */
  abort(): void {
    if (!this.ended) this.#controller.abort();
  }
}

/** Mail over SMTP, through nodemailer's pool. The pool never queues: what waits, waits in the store or at our own gate. */
export class SmtpTransport implements Transport {
  readonly name: string;
  readonly connections: number;
  readonly #gate: SendGate;
  readonly #pool: Transporter<SMTPPoolSentMessageInfo>;

  constructor(settings: SmtpSettings, timeouts: SmtpTimeouts = {}) {
    const { host, port, secure, connections } = settings;
    this.name = `${secure ? "smtps" : "smtp"}://${host}:${port}`;
    this.connections = connections;
    this.#gate = new SendGate(connections);
    this.#pool = createTransport(poolOptions(settings, timeouts));
    this.#pool.use("stream", (mail, done) => {
      // The last stream before the wire: what it ends with has been handed to the connection.
      mail.message?.processFunc((stream) => traced(stream, traceOf(mail.data)));
      done();
    });
  }

  async send(mail: RenderedMail, { recipients, signal, bulk = false }: SendOptions = {}): Promise<Outcome> {
    const leave = await this.#gate.enter({ bulk, signal });
    if (leave === undefined) return broken("before-dot", "The send was aborted before it began");
    try {
      const raw = await compose(mail);
      const envelope = { from: mail.from.address, to: [...(recipients ?? everybody(mail))] };
      const first = await this.#attempt(raw, envelope, signal);
      const again = first.fresh || signal?.aborted ? undefined : await this.#attempt(raw, envelope, signal);
      return (again ?? first).outcome;
    } finally {
      leave();
    }
  }

  async verify(): Promise<void> {
    try {
      await this.#pool.verify();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SmtpUnavailableError(`${this.name} cannot be used: ${reason}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  /** @returns the outcome, and `fresh` false when a pooled connection turned out to be closed before anything was sent */
  async #attempt(
    raw: Buffer,
    envelope: { from: string; to: string[] },
    signal: AbortSignal | undefined,
  ): Promise<{ readonly outcome: Outcome; readonly fresh: boolean }> {
    const trace = new Trace();
    const onAbort = () => trace.abort();
    signal?.addEventListener("abort", onAbort);
    try {
      const body = Readable.from(pieces(raw), { objectMode: false });
      const info = await this.#pool.sendMail({
        raw: body,
        envelope,
        signal: trace.signal,
        ...({ trace } as object),
      });
      return { outcome: sent(info), fresh: true };
    } catch (error) {
      const failure = error as SmtpError;
      return { outcome: outcomeOf(failure, trace), fresh: !isStaleConnection(failure, trace) };
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function poolOptions(
  settings: SmtpSettings,
  { connect = 10_000, greeting = 10_000, answer = 600_000, idle = 10_000 }: SmtpTimeouts,
) {
  const { host, port, secure, user, password, connections, starttls, rejectUnauthorized, name } = settings;
  return {
    pool: true as const,
    host,
    port,
    secure,
    ...(user !== undefined && { auth: { user, pass: password ?? "" } }),
    ...(name !== undefined && { name }),
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    maxRequeues: 0,
    idleTimeout: idle,
    connectionTimeout: connect,
    greetingTimeout: greeting,
    dnsTimeout: connect,
    socketTimeout: answer,
    requireTLS: starttls === "required",
    ignoreTLS: starttls === "never",
    tls: { rejectUnauthorized },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** In pieces, so that the connection takes them one by one: else all of a large mail would count as handed over at once. */
function* pieces(raw: Buffer): Generator<Buffer> {
  for (let at = 0; at < raw.length; at += PIECE) yield raw.subarray(at, at + PIECE);
}

function traceOf(data: object): Trace | undefined {
  return "trace" in data && data.trace instanceof Trace ? data.trace : undefined;
}

function traced<S extends NodeJS.ReadableStream>(stream: S, trace: Trace | undefined): S {
  if (trace === undefined) return stream;
  stream.once("resume", () => {
    trace.started = true;
  });
  stream.once("end", () => {
    trace.ended = true;
  });
  return stream;
}

function sent({ accepted, rejectedErrors, response }: SMTPPoolSentMessageInfo): Outcome {
  const refused = (rejectedErrors ?? []).map((error) => refusalOf(error as SmtpError));
  return { class: "sent", code: 250, response, accepted: accepted.map(addressOf), refused };
}

function addressOf(recipient: string | { address?: string | undefined }): string {
  return typeof recipient === "string" ? recipient : (recipient.address ?? "");
}

function everybody({ to, cc, bcc }: RenderedMail): readonly string[] {
  return [...new Set([...to, ...cc, ...bcc].map(({ address }) => address))];
}
