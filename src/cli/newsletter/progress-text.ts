import type { Newsletter, NewsletterProgress } from "../../jobs/newsletter.ts";
import { Tally } from "../../tally.ts";
import type { Terminal } from "../command.ts";
import { counted, printable } from "../output.ts";

/** Of how many failed recipients the reasons are counted, and how many of these are shown. */
const COUNTED_FAILURES = 1_000;
const SHOWN_REASONS = 5;

/** What recipients can be counted under, in the order in which it is told. */
const COUNTED = [
  "pending",
  "sent",
  "rejected",
  "deferred",
  "failed",
  "unknown",
  "invalid",
  "stopped",
  "cancelled",
  "expired",
  "rehearsed",
] as const;

export function stateOf({ state, planned }: NewsletterProgress): string {
  return planned ? state : `${state}, the audience is not read to its end yet`;
}

export function printProgress(
  { id, key }: Newsletter,
  progress: NewsletterProgress,
  { out }: Terminal,
): void {
  const { recipients, chunks, createdAt, finishedAt, duplicates, refused, state } = progress;
  out.write(`${printable(key)} (${id}): ${stateOf(progress)}\n`);
  out.write(
    `  ${counted(recipients, "recipient", "recipients")} in ${counted(chunks, "job", "jobs")}; left out: ${counted(duplicates, "duplicate", "duplicates")}, ${counted(refused, "that does not fit", "that do not fit")}\n`,
  );
  const counts = COUNTED.filter((outcome) => progress[outcome] > 0);
  out.write(
    `  ${counts.map((outcome) => `${progress[outcome]} ${outcome}`).join(", ") || "nothing to send"}\n`,
  );
  printPace(progress, out);
  const end = finishedAt ? `, ${state} ${finishedAt.toISOString()}` : "";
  out.write(`  begun ${createdAt.toISOString()}${end}\n`);
}

function printPace({ rate, eta, waiting }: NewsletterProgress, out: Terminal["out"]): void {
  if (rate > 0)
    out.write(
      `  ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} a second${eta ? `, done about ${eta.toISOString()}` : ""}\n`,
    );
  for (const { chunks, reason, until } of waiting) {
    const when = until ? `, until ${until.toISOString()}` : "";
    out.write(`  ${counted(chunks, "job waits", "jobs wait")} for: ${printable(reason)}${when}\n`);
  }
}

/** Why recipients failed, the most frequent reasons first. */
export async function printReasons(newsletter: Newsletter, { out }: Terminal): Promise<void> {
  const reasons = new Tally();
  let read = 0;
  for await (const { response } of newsletter.outcomes({ outcome: ["failed"] })) {
    if (read >= COUNTED_FAILURES) break;
    read += 1;
    reasons.add(response);
  }
  const among = read < COUNTED_FAILURES ? "" : ` of the first ${read}`;
  for (const { name, count } of reasons.sorted.slice(0, SHOWN_REASONS))
    out.write(`  ${count}${among} failed: ${printable(name)}\n`);
  out.write("  --failures lists them all\n");
}
