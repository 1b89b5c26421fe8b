/** Connections of each worker, which is what it asks for when nobody says anything. */
export const CONNECTIONS = 5;

/** The mail server as this process is to use it: it says at EHLO which process it is. */
export function ownSmtpUrl(url: string): string {
  return `${url}?connections=${CONNECTIONS}&name=pid-${process.pid}`;
}
