import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** Where the scripted server misbehaves. */
export interface SmtpScript {
  /** Instead of the greeting; "drop" closes the connection, "silent" says nothing. @default "220 scripted ESMTP" */
  readonly greeting?: string;
  /** Instead of the answer to EHLO and HELO. */
  readonly ehlo?: string;
  readonly mail?: string;
  readonly rcpt?: string;
  readonly data?: string;
  /** After so many bytes of the message; for messages larger than what the machine's buffers take. */
  readonly dropAfterBytes?: number;
  /** Instead of the answer to the final dot. */
  readonly dot?: string;
  /** Close the connection this long after a message was taken, as servers do with idle clients, in ms. */
  readonly closeIdleAfter?: number;
}

export interface ScriptedSmtp {
  readonly url: string;
  /** How many messages were taken. */
  readonly taken: () => number;
  readonly connections: () => number;
  close(): Promise<void>;
}

/** An SMTP server that does what a script says, where a well-behaved one cannot be made to. */
export async function startScriptedSmtp(script: SmtpScript): Promise<ScriptedSmtp> {
  const sockets = new Set<Socket>();
  let taken = 0;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    converse(socket, script, () => (taken += 1));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}?starttls=never`,
    taken: () => taken,
    connections: () => connections,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function converse(socket: Socket, script: SmtpScript, onTaken: () => void): void {
  let message: Buffer | undefined;
  let pending = "";
  const answer = (reply: string) => {
    if (reply === "drop") socket.destroy();
    else if (reply !== "silent") socket.write(`${reply}\r\n`);
  };
  const take = (chunk: Buffer) => {
    message = Buffer.concat([message ?? Buffer.alloc(0), chunk]);
    if (script.dropAfterBytes !== undefined && message.length > script.dropAfterBytes) return answer("drop");
    if (!message.subarray(-5).equals(Buffer.from("\r\n.\r\n"))) return;
    message = undefined;
    const reply = script.dot ?? "250 2.0.0 taken";
    if (reply.startsWith("250")) onTaken();
    answer(reply);
    if (script.closeIdleAfter !== undefined) setTimeout(() => socket.end(), script.closeIdleAfter);
  };
  const command = (line: string) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === "MAIL") answer(script.mail ?? "250 ok");
    else if (verb === "RCPT") answer(script.rcpt ?? "250 ok");
    else if (verb === "QUIT") answer("221 bye");
    else if (verb === "EHLO" || verb === "HELO") answer(script.ehlo ?? "250 ok");
    else if (verb !== "DATA") answer("250 ok");
    else {
      if (script.data === undefined) message = Buffer.alloc(0);
      answer(script.data ?? "354 go on");
    }
  };
  answer(script.greeting ?? "220 scripted ESMTP");
  socket.on("data", (chunk: Buffer) => {
    if (message !== undefined) return take(chunk);
    pending += chunk.toString("latin1");
    for (
      let end = pending.indexOf("\r\n");
      end >= 0 && message === undefined;
      end = pending.indexOf("\r\n")
    ) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      command(line);
    }
  });
}
