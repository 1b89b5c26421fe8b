import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

export interface DemoSmtpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** An error as smtp-server wants it: the code is what the client is answered. */
function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/**
 * A mail server on this machine that keeps every mail as a file, knows nobody at gone.example, and is too busy for each
 * address at busy.example the first time.
 */
export async function startDemoSmtpServer(folder: string): Promise<DemoSmtpServer> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const busyOnce = new Set<string>();
  let count = 0;
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onRcptTo({ address }, _session, done) {
      if (address.endsWith("@gone.example")) return done(reply(550, "5.1.1 No such user here"));
      if (address.endsWith("@busy.example") && !busyOnce.has(address)) {
        busyOnce.add(address);
        return done(reply(450, "4.3.0 Too busy, try again"));
      }
      done();
    },
    onData(stream, _session, done) {
      const name = `${String(++count).padStart(5, "0")}.eml`;
      buffer(stream).then((mail) => {
        writeFileSync(join(folder, name), mail);
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
