import type { Socket } from "node:net";
import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import type { SessionOptions } from "./session-options.ts";

/** A way to log in that sends nothing: nodemailer tells it, and nobody else, what the server announced. */
const LISTEN = "LISTEN";

/** A connection on which the server waits for the first mail. Nobody reads from its socket yet. */
export interface Session {
  readonly socket: Socket;
  /** SMTP extensions that the server announced, after STARTTLS where that was used. */
  readonly extensions: ReadonlySet<string>;
  /** The longest message that it takes, in bytes. */
  readonly maxSize: number;
}

/**
 * Connects, greets, begins TLS and logs in. Nodemailer does all that well; from then on the socket is ours.
 * @throws what nodemailer throws when it cannot be done, or when `signal` ends it
 */
export function openSession(options: SessionOptions, signal?: AbortSignal): Promise<Session> {
  return new Promise((resolve, reject) => {
    let announced: Pick<Session, "extensions" | "maxSize"> | undefined;
    const listen: NonNullable<SMTPConnectionOptions["customAuth"]>[string] = (login) => {
      const { extensions, maxAllowedSize } = login;
      announced = { extensions: new Set(extensions), maxSize: maxAllowedSize || Number.POSITIVE_INFINITY };
      login.resolve();
    };
    const connection = new SMTPConnection({ ...options.connection, customAuth: { [LISTEN]: listen } });
    const onAbort = () => fail(new Error("The connection was given up before it was ready."));
    const fail = (error: Error) => {
      signal?.removeEventListener("abort", onAbort);
      reject(error);
      // It says that it has ended, which is no other error; and it hears the errors of a socket that is being closed.
      connection.close();
    };
    const succeed = () => {
      signal?.removeEventListener("abort", onAbort);
      const { _socket: socket } = connection;
      if (!socket || !announced) return fail(new Error("The connection closed before it was ready."));
      socket.pause().removeAllListeners("data").removeAllListeners("timeout").setTimeout(0);
      resolve({ socket, ...announced });
    };
    connection.on("error", fail);
    connection.once("end", () => fail(new Error("The connection closed before it was ready.")));
    connection.connect((error) => {
      if (error) return fail(error);
      connection.login({ method: LISTEN }, () => {
        if (!options.auth || !connection.allowsAuth) return succeed();
        connection.login({ ...options.auth }, (refusal) => (refusal ? fail(refusal) : succeed()));
      });
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort);
  });
}
