import { setTimeout as sleep } from "node:timers/promises";
import { openApp } from "../../app/current-app.ts";
import {
  type Newsletter,
  type NewsletterProgress,
  type NewsletterTrouble,
  RETRYABLE_OUTCOMES,
} from "../../jobs/newsletter.ts";
import { EXIT, NotFoundError, type Terminal, UsageError } from "../command.ts";
import { printable, printJson, printTable } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";

const REFRESH_MS = 500;
/** Of how many failed recipients `status` counts the reasons, and how many of these it shows. */
const COUNTED_FAILURES = 1_000;
const SHOWN_REASONS = 5;
/** How often, in looks at the progress, is asked whether anything moves it. */
const LOOKS_BETWEEN_CHECKS = 10;

export async function listNewsletters({ json }: NewsletterFlags, terminal: Terminal): Promise<number> {
  const newsletters = await (await openApp()).newsletters.list();
  const rows: string[][] = [];
  for (const newsletter of newsletters) {
    const progress = await newsletter.progress();
    if (json) printJson(terminal, { id: newsletter.id, key: newsletter.key, ...progress });
    rows.push([
      newsletter.key,
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
  const newsletter = await find(name);
  const progress = flags.wait ? await waitFor(newsletter, terminal) : await newsletter.progress();
  const troubles = await newsletter.troubles();
  if (flags.json) printJson(terminal, { id: newsletter.id, key: newsletter.key, ...progress, troubles });
  else {
    printProgress(newsletter, progress, terminal);
    if (progress.failed > 0 && !flags.failures) await printReasons(newsletter, terminal);
    if (progress.failed > 0)
      terminal.out.write(`  newsletter retry ${printable(newsletter.key)} sends to the failed once more\n`);
    for (const { message } of troubles) terminal.out.write(`  ${printable(message)}\n`);
  }
  if (flags.failures) await printFailures(newsletter, flags, terminal);
  const isWhole = progress.state !== "running" && progress.failed === 0;
  return flags.wait && !isWhole ? EXIT.failed : EXIT.ok;
}

export async function retryNewsletter(
  name: string,
  { outcome = "failed", json }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await find(name);
  const recipients = await newsletter.retry({ outcomes: outcome.split(",").map(outcomeNamed) });
  if (json) printJson(terminal, { id: newsletter.id, key: newsletter.key, recipients });
  else
    terminal.out.write(
      `${recipients} ${recipients === 1 ? "recipient is" : "recipients are"} tried again.\n`,
    );
  return EXIT.ok;
}

/** @throws UsageError */
function outcomeNamed(text: string): (typeof RETRYABLE_OUTCOMES)[number] {
  const found = RETRYABLE_OUTCOMES.find((outcome) => outcome === text.trim());
  if (found) return found;
  throw new UsageError(`--outcome takes ${RETRYABLE_OUTCOMES.join(", ")}, not "${text}".`);
}

export async function actOnNewsletter(
  verb: "pause" | "resume" | "cancel",
  name: string,
  terminal: Terminal,
): Promise<number> {
  const newsletter = await find(name);
  await newsletter[verb]();
  printProgress(newsletter, await newsletter.progress(), terminal);
  return EXIT.ok;
}

/** @throws NotFoundError */
async function find(name: string): Promise<Newsletter> {
  const newsletter = await (await openApp()).newsletters.find(name);
  if (newsletter) return newsletter;
  throw new NotFoundError(`There is no newsletter "${printable(name)}"; newsletter status lists them.`);
}

/** Shows progress until it is finished, cancelled or paused, or until nothing moves it any more. */
async function waitFor(newsletter: Newsletter, terminal: Terminal): Promise<NewsletterProgress> {
  const goesOn = `The newsletter goes on; newsletter status ${printable(newsletter.key)} --wait shows it again.`;
  const bar = startProgress(terminal, "recipients done", goesOn);
  const warn = new Warnings(terminal);
  for (let look = 1; ; look++) {
    const progress = await newsletter.progress();
    bar.update(progress.recipients - progress.pending - progress.deferred, progress.recipients);
    const isStuck = look % LOOKS_BETWEEN_CHECKS === 0 && (await newsletter.isStuck());
    if (progress.state !== "running" || isStuck) {
      bar.end();
      return progress;
    }
    if (look % LOOKS_BETWEEN_CHECKS === 0) warn.about(await newsletter.troubles());
    await sleep(REFRESH_MS);
  }
}

/** Tells of each kind of trouble once. */
class Warnings {
  readonly #told = new Set<NewsletterTrouble["kind"]>();
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  about(troubles: readonly NewsletterTrouble[]): void {
    for (const { kind, message } of troubles) {
      if (!this.#told.has(kind)) this.#terminal.err.write(`${printable(message)}\n`);
      this.#told.add(kind);
    }
  }
}

function printProgress({ id, key }: Newsletter, progress: NewsletterProgress, { out }: Terminal): void {
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

/** Why recipients failed, the most frequent reasons first. */
async function printReasons(newsletter: Newsletter, { out }: Terminal): Promise<void> {
  const reasons = new Map<string, number>();
  let read = 0;
  for await (const { outcome, response } of newsletter.failures()) {
    if (read >= COUNTED_FAILURES) break;
    if (outcome !== "failed") continue;
    read += 1;
    reasons.set(response, (reasons.get(response) ?? 0) + 1);
  }
  const most = [...reasons].sort(([, a], [, b]) => b - a).slice(0, SHOWN_REASONS);
  const among = read < COUNTED_FAILURES ? "" : ` of the first ${read}`;
  for (const [reason, count] of most) out.write(`  ${count}${among} failed: ${printable(reason)}\n`);
  out.write("  --failures lists them all\n");
}

function stateOf({ state, planned }: NewsletterProgress): string {
  return planned ? state : `${state}, the audience is not read to its end yet`;
}

async function printFailures(
  newsletter: Newsletter,
  { json }: NewsletterFlags,
  terminal: Terminal,
): Promise<void> {
  for await (const failure of newsletter.failures()) {
    if (json) printJson(terminal, failure);
    else {
      const code = failure.code === undefined ? "" : ` ${failure.code}`;
      terminal.out.write(
        `${printable(failure.recipient)}: ${failure.outcome}${code} ${printable(failure.response)}\n`,
      );
    }
  }
}
