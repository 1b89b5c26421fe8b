import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../stress/free-port.ts";

const PATHS = ["/usr/sbin", "/usr/lib/postfix/sbin", "/usr/libexec/postfix"];

/** Where one of Postfix's tools is; Debian's package `postfix` has them, and does not have to be started. */
export function postfixTool(name: "smtp-sink" | "smtp-source"): string | undefined {
  return PATHS.map((path) => `${path}/${name}`).find((path) => existsSync(path));
}

/** A mail server in C that takes everything and keeps nothing. */
export class SmtpSink {
  readonly port: number;
  readonly #process: ChildProcess;

  static async start(): Promise<SmtpSink> {
    const port = await freePort();
    const user = userInfo().uid === 0 ? ["-u", "nobody"] : [];
    const args = [...user, "-m", "512", `127.0.0.1:${port}`, "1024"];
    const sink = new SmtpSink(
      port,
      spawn(postfixTool("smtp-sink") ?? "smtp-sink", args, { stdio: "ignore" }),
    );
    await sink.#listening();
    return sink;
  }

  private constructor(port: number, process: ChildProcess) {
    this.port = port;
    this.#process = process;
  }

  close(): void {
    this.#process.kill();
  }

  async #listening(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      if (await isOpen(this.port)) return;
      await sleep(10);
    }
    throw new Error("smtp-sink did not start.");
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}
