import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "../../test/support/bundle.ts";
import { startDelayProxy } from "../support/delay-proxy.ts";
import { machine } from "../support/machine.ts";
import { median, printRows } from "../support/table.ts";
import { runSender, runSmtpSource, SENDER_SCRIPT } from "./run-sender.ts";
import type { SendingMeasured } from "./sender.ts";
import { postfixTool, SmtpSink } from "./smtp-sink.ts";

const YARDSTICK = "smtp-source";
const BY_HAND = "by hand";

type Results = ReadonlyMap<string, SendingMeasured[]>;

/** Ours and others, one after another, again and again, each into a sink of its own. */
export async function compareSenders(ours: "newsletter" | "singles", args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mails: { type: "string", default: "30000" },
      kilobytes: { type: "string", default: "5" },
      connections: { type: "string", default: "10" },
      rounds: { type: "string", default: "3" },
      rtt: { type: "string", default: "0" },
      dkim: { type: "boolean", default: false },
      only: { type: "string", default: [ours, BY_HAND, YARDSTICK].join() },
      profile: { type: "string" },
    },
  });
  if (!postfixTool("smtp-sink")) {
    process.stdout.write("smtp-sink is missing: apt-get install postfix (it need not be started)\n");
    return;
  }
  const bundled = bundle([SENDER_SCRIPT], "bench-");
  const script = join(bundled.folder, "sender.js");
  const { dkim, profile } = values;
  const run = { mails: Number(values.mails), kilobytes: Number(values.kilobytes), dkim, profile };
  const connections = Number(values.connections);
  const names = values.only.split(",");
  const rtt = Number(values.rtt);
  process.stdout.write(
    `${machine()}\n${ours}: ${run.mails} mails of ${run.kilobytes} KB of html, and text; ${connections} connections into smtp-sink${rtt > 0 ? ` behind ${rtt} ms` : ""}${dkim ? "; signed, rsa2048" : ""}; SQLite (WAL, synchronous = FULL), NODE_ENV=production\n`,
  );
  const results: Results = new Map(names.map((name) => [name, []]));
  let wireBytes = run.kilobytes * 1_024;
  for (let round = 1; round <= Number(values.rounds); round++)
    for (const name of names) {
      const measured = await intoSink(rtt, (port) => {
        const sending = { ...run, script, port, connections };
        return name === YARDSTICK ? runSmtpSource(sending, wireBytes) : runSender(name, sending);
      });
      if (name === ours) wireBytes = measured.wireBytes;
      results.get(name)?.push(measured);
      process.stdout.write(
        `  round ${round}  ${name.padEnd(12)} ${rowOf(name, [measured], []).slice(1, -1).join("  ")}\n`,
      );
    }
  bundled.close();
  const rows = [...results].map(([name, all]) =>
    rowOf(name, all, name === ours ? [] : ratios(results, ours, name)),
  );
  printRows(
    ["", "mails/s", "cpu-s/1000", "stored, cpu-s/1000", "MB", "wire bytes", "ours is, mails/s (each round)"],
    rows,
  );
}

async function intoSink(
  rtt: number,
  send: (port: number) => Promise<SendingMeasured>,
): Promise<SendingMeasured> {
  const sink = await SmtpSink.start();
  const proxy = rtt > 0 ? await startDelayProxy(sink.port, rtt) : undefined;
  try {
    return await send(proxy?.port ?? sink.port);
  } finally {
    proxy?.close();
    sink.close();
  }
}

function rowOf(name: string, all: readonly SendingMeasured[], against: readonly number[]): readonly string[] {
  const middle = (pick: (measured: SendingMeasured) => number) => median(all.map(pick));
  const rss = middle(({ rssMb }) => rssMb);
  return [
    name,
    middle(perSecond).toFixed(0),
    middle(({ sendCpuMs, mails }) => sendCpuMs / mails).toFixed(3),
    middle(({ prepareCpuMs, mails }) => prepareCpuMs / mails).toFixed(3),
    Number.isNaN(rss) ? "-" : rss.toFixed(0),
    middle(({ wireBytes }) => wireBytes).toFixed(0),
    against.length === 0
      ? ""
      : `${median(against).toFixed(2)}x (${against.map((each) => each.toFixed(2)).join(", ")})`,
  ];
}

function perSecond({ mails, sendMs }: SendingMeasured): number {
  return (mails / sendMs) * 1_000;
}

function ratios(results: Results, ours: string, other: string): readonly number[] {
  const others = results.get(other) ?? [];
  return (results.get(ours) ?? []).flatMap((own, round) => {
    const theirs = others[round];
    return theirs ? [perSecond(own) / perSecond(theirs)] : [];
  });
}
