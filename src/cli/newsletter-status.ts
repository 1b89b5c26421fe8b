import { setTimeout as sleep } from "node:timers/promises";
import type { Broadcast, BroadcastProgress } from "../broadcasting.ts";
import { openApp } from "../current-app.ts";
import { EXIT, NotFoundError, type Terminal } from "./command.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";
import { printable, printJson, printTable, startProgress } from "./output.ts";

const REFRESH_MS = 500;

export async function listNewsletters({ json }: NewsletterFlags, terminal: Terminal): Promise<number> {
  const broadcasts = await (await openApp()).broadcasts.list();
  const rows: string[][] = [];
  for (const broadcast of broadcasts) {
    const progress = await broadcast.progress();
    if (json) printJson(terminal, { id: broadcast.id, key: broadcast.key, ...progress });
    rows.push([
      broadcast.key,
      stateOf(progress),
      `${progress.sent}/${progress.recipients}`,
      progress.createdAt.toISOString(),
    ]);
  }
  if (json) return EXIT.ok;
  if (rows.length === 0) terminal.out.write("No newsletters.\n");
  else printTable(terminal, ["KEY", "STATE", "SENT", "CREATED"], rows);
  return EXIT.ok;
}

export async function showNewsletter(
  name: string,
  flags: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const broadcast = await find(name);
  const progress = flags.wait ? await waitFor(broadcast, terminal) : await broadcast.progress();
  if (flags.json) printJson(terminal, { id: broadcast.id, key: broadcast.key, ...progress });
  else printProgress(broadcast, progress, terminal);
  if (flags.failures) await printFailures(broadcast, flags, terminal);
  return EXIT.ok;
}

export async function actOnNewsletter(
  verb: "pause" | "resume" | "cancel",
  name: string,
  terminal: Terminal,
): Promise<number> {
  const broadcast = await find(name);
  await broadcast[verb]();
  printProgress(broadcast, await broadcast.progress(), terminal);
  return EXIT.ok;
}

/** @throws NotFoundError */
async function find(name: string): Promise<Broadcast> {
  const broadcast = await (await openApp()).broadcasts.find(name);
  if (broadcast) return broadcast;
  throw new NotFoundError(`There is no newsletter "${printable(name)}"; newsletter status lists them.`);
}

/** Shows progress until it is finished, cancelled or paused. */
async function waitFor(broadcast: Broadcast, terminal: Terminal): Promise<BroadcastProgress> {
  const bar = startProgress(terminal, "recipients done");
  for (;;) {
    const progress = await broadcast.progress();
    bar.update(progress.recipients - progress.pending - progress.deferred, progress.recipients);
    if (progress.state !== "running") {
      bar.end();
      return progress;
    }
    await sleep(REFRESH_MS);
  }
}

function printProgress({ id, key }: Broadcast, progress: BroadcastProgress, { out }: Terminal): void {
  const {
    recipients,
    chunks,
    createdAt,
    finishedAt,
    duplicates,
    refused,
    state: _,
    planned: __,
    ...outcomes
  } = progress;
  out.write(`${printable(key)} (${id}): ${stateOf(progress)}\n`);
  out.write(
    `  ${recipients} recipients in ${chunks} jobs; left out: ${duplicates} duplicates, ${refused} that do not fit\n`,
  );
  const counts = Object.entries(outcomes).filter(([, count]) => count > 0);
  out.write(`  ${counts.map(([outcome, count]) => `${count} ${outcome}`).join(", ") || "nothing to send"}\n`);
  out.write(
    `  begun ${createdAt.toISOString()}${finishedAt ? `, finished ${finishedAt.toISOString()}` : ""}\n`,
  );
}

function stateOf({ state, planned }: BroadcastProgress): string {
  return planned ? state : `${state}, the audience is not read to its end yet`;
}

async function printFailures(
  broadcast: Broadcast,
  { json }: NewsletterFlags,
  terminal: Terminal,
): Promise<void> {
  for await (const failure of broadcast.failures()) {
    if (json) printJson(terminal, failure);
    else {
      const code = failure.code === undefined ? "" : ` ${failure.code}`;
      terminal.out.write(
        `${printable(failure.recipient)}: ${failure.outcome}${code} ${printable(failure.response)}\n`,
      );
    }
  }
}
