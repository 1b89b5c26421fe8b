import type { Newsletter, RehearsalReport } from "../../jobs/newsletter.ts";
import { EXIT, type Terminal } from "../command.ts";
import { printable, printJson } from "../output.ts";
import type { NewsletterFlags } from "./newsletter-flags.ts";

/** What a rehearsal comes to. @returns the exit code, failed where somebody would not get the mail */
export async function showRehearsal(
  newsletter: Newsletter,
  { json }: NewsletterFlags,
  terminal: Terminal,
): Promise<number> {
  const report = await newsletter.rehearsal();
  if (report === undefined) return EXIT.ok;
  if (json) printJson(terminal, { id: newsletter.id, key: newsletter.key, ...report });
  else printReport(report, newsletter.key, terminal);
  return report.wouldNot.length === 0 ? EXIT.ok : EXIT.failed;
}

function printReport(report: RehearsalReport, key: string, { out }: Terminal): void {
  const { wouldGet, wouldNot, others, largest, slowest, meanMs } = report;
  out.write(`${wouldGet} would get it; nothing was sent.\n`);
  for (const { outcome, count, reason, example } of wouldNot)
    out.write(printable(`  ${count} would not: ${outcome}, ${reason} (such as ${example})`).concat("\n"));
  if (others > 0) out.write(`  ${others} would not, for other reasons\n`);
  if (largest) out.write(`  the largest mail has ${largest.bytes} bytes: ${printable(largest.recipient)}\n`);
  if (slowest && meanMs !== undefined)
    out.write(
      `  a mail takes ${meanMs.toFixed(1)} ms to make, the slowest ${slowest.ms.toFixed(1)} ms: ${printable(slowest.recipient)}\n`,
    );
  out.write(`  newsletter report '${printable(key)}' lists everybody\n`);
}
