import { setTimeout as sleep } from "node:timers/promises";
import { openApp } from "../../app/current-app.ts";
import type { Newsletter, NewsletterProgress, NewsletterTrouble } from "../../jobs/newsletter.ts";
import { EXIT, type Terminal } from "../command.ts";
import { printable, printJson, printTable } from "../output.ts";
import { startProgress } from "../progress.ts";
import { findNewsletter } from "./find-newsletter.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";
import { printProgress, printReasons, stateOf } from "./progress-text.ts";

const REFRESH_MS = 500;
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
  const newsletter = await findNewsletter(name);
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
