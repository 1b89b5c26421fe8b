import { SMTPServer } from "smtp-server";
import { errorMessage } from "../../errors/error-message.ts";
import { addToInbox } from "../../transports/inbox-folder.ts";

export interface CatcherOptions {
  readonly folder: string;
  /** On the loopback interface. 0 takes any free port. */
  readonly port: number;
  readonly onMail?: () => void;
}

export interface SmtpCatcher {
  /** What to set SMTP_URL to. */
  readonly url: string;
  close(): Promise<void>;
}

/** The largest mail that it takes, in bytes. */
const LARGEST = 50 * 1024 * 1024;

/**
 * A mail server that keeps what it is given in the inbox folder and sends nothing on, so that the mails of other programs land there
 * too. It takes every login.
 * @throws Error when the port cannot be had
 */
export async function startSmtpCatcher({ folder, port, onMail }: CatcherOptions): Promise<SmtpCatcher> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    allowInsecureAuth: true,
    size: LARGEST,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? "anybody" }),
    onData: (stream, _session, done) => {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => {
        if (!stream.sizeExceeded) parts.push(part);
      });
      stream.on("end", () => {
        if (stream.sizeExceeded) return done(new Error(`552 A mail may have ${LARGEST} bytes`));
        addToInbox(folder, Buffer.concat(parts), new Date()).then(
          () => {
            onMail?.();
            done(null, "250 Kept, and sent to nobody");
          },
          (error: unknown) => done(new Error(errorMessage(error))),
        );
      });
    },
  });
  // What one client does to its connection is its own affair.
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      server.on("error", () => {});
      resolve();
    });
  });
  const address = server.server.address();
  const had = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `smtp://127.0.0.1:${had}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
