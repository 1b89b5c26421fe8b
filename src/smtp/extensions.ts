import SMTPConnection, { type SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";

/** A way to log in that sends nothing: nodemailer tells it, and nobody else, what the server announced. */
const LISTEN = "LISTEN";

/**
 * Asks a server, over a connection of its own, which SMTP extensions it announces, after STARTTLS where that is used.
 * @throws what nodemailer throws when the server cannot be asked
 */
export function announcedExtensions(options: SMTPConnectionOptions): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const listen: NonNullable<SMTPConnectionOptions["customAuth"]>[string] = ({ extensions, ...login }) => {
      resolve(extensions);
      login.resolve();
    };
    const connection = new SMTPConnection({ ...options, customAuth: { [LISTEN]: listen } });
    connection.on("error", reject);
    connection.once("end", () => reject(new Error("The connection closed before it was ready.")));
    connection.connect((error) => {
      if (error) reject(error);
      else connection.login({ method: LISTEN }, () => connection.quit());
    });
  });
}
