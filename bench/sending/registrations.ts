import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../test/support/bundle.ts";
import { Child } from "../support/child.ts";
import { sharedClock } from "../support/clock.ts";
import { percentile, printRows } from "../support/table.ts";
import { SENDER_SCRIPT } from "./run-sender.ts";
import { SlowSink } from "./slow-sink.ts";

export interface RegistrationsSetting {
  /** Recipients of the newsletter. */
  readonly newsletter: number;
  /** Registration mails. */
  readonly mails: number;
  readonly connections: number;
  /** How long the mail server takes over each message, in ms. */
  readonly delayMs: number;
}

/** Ours encodes when it was stored in the address. */
const REGISTRATION = /^registration-(\d+)@/;

/**
 * Registration mails are stored by one process and sent by another over real SMTP, alone and while a newsletter runs: how long until the
 * mail server has them?
 */
export async function printRegistrations(setting: RegistrationsSetting): Promise<void> {
  const { connections, delayMs, mails, newsletter } = setting;
  process.stdout.write(
    `\nover SMTP: ${mails} registration mails, one every 50 ms, alone and beside a newsletter for ${newsletter}; ${connections} connections, the server takes ${delayMs} ms over each message\n`,
  );
  const bundled = bundle([SENDER_SCRIPT], "bench-");
  const script = join(bundled.folder, "sender.js");
  const rows: (readonly string[])[] = [];
  for (const [name, recipients] of [["alone", 1] as const, ["beside a newsletter", newsletter] as const]) {
    const { waits, others } = await waitsBeside(script, setting, recipients);
    rows.push([
      name,
      String(waits.length),
      String(others),
      ...[50, 99, 100].map((share) => percentile(waits, share).toFixed(0)),
    ]);
  }
  bundled.close();
  printRows(["registration mails", "sent", "newsletter, meanwhile", "wait ms, p50", "p99", "max"], rows);
}

async function waitsBeside(script: string, setting: RegistrationsSetting, recipients: number) {
  const folder = mkdtempSync(join(tmpdir(), "delayed-mailer-bench-"));
  const waits: number[] = [];
  let others = 0;
  const sink = await SlowSink.start({
    delayMs: setting.delayMs,
    onMessage: (recipient) => {
      const [, stored] = REGISTRATION.exec(recipient) ?? [];
      if (stored === undefined) others += 1;
      else waits.push(sharedClock() - Number(stored) / 1_000);
    },
  });
  const context = { port: sink.port, connections: setting.connections, kilobytes: 5, folder, dkim: false };
  const start = (name: string) =>
    Child.start(name, {
      command: process.execPath,
      args: [script, JSON.stringify({ name, context })],
      env: { NODE_ENV: "production" },
    });
  const sender = await start("newsletter");
  const registrations = await start("registrations");
  try {
    await sender.ask({ do: "prepare", mails: recipients });
    await sender.ask({ do: "serve", mails: 0 });
    const before = others;
    await registrations.ask({ do: "send", mails: setting.mails });
    const meanwhile = others - before;
    return { waits, others: meanwhile };
  } finally {
    await Promise.all([sender.kill(), registrations.kill()]);
    await sink.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
