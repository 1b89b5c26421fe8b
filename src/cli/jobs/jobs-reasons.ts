import { headline } from "../../jobs/describe-error.ts";
import { Job } from "../../jobs/job.ts";
import type { JobFilter } from "../../jobs/job-record.ts";
import { withoutAddresses } from "../../mail/addresses-in-text.ts";
import { Tally } from "../../tally.ts";
import type { Terminal } from "../command.ts";
import { printable } from "../output.ts";

/** Of how many failed jobs the reasons are counted, and how many reasons are shown. */
const COUNTED = 1_000;
const SHOWN = 5;

/** What differs from job to job of one failure, beside addresses: ids, numbers of more than two digits. */
const PARTICULARS: readonly (readonly [sign: RegExp, word: string])[] = [
  [/(?<![\w-])(?=[a-f-]*\d)[0-9a-f-]{12,}\b/gi, "ID"],
  [/\b\d{4,}\b/g, "N"],
];

/** Why jobs failed, the most frequent reason first, where there are several of them. */
export async function printFailureReasons(filter: JobFilter, { out }: Terminal): Promise<void> {
  if (filter.state !== undefined && filter.state !== "failed") return;
  const failed = await Job.where(filter).where({ state: "failed" }).list({ order: "newest", limit: COUNTED });
  if (failed.length < 2) return;
  const reasons = new Tally();
  for (const { lastError = "", record } of failed) {
    const reason = `${record.failReason ?? "failed"}: ${withoutParticulars(headline(lastError))}`;
    reasons.add(reason);
  }
  const of = failed.length < COUNTED ? "" : ` of the newest ${COUNTED}`;
  const most = reasons.sorted;
  out.write("\nWhy they failed\n");
  for (const { name, count } of most.slice(0, SHOWN)) out.write(`  ${count}${of}  ${printable(name)}\n`);
  if (most.length > SHOWN) out.write(`  and ${most.length - SHOWN} other reasons\n`);
  out.write("jobs show ID has the whole error; jobs retry --all tries them again.\n");
}

function withoutParticulars(text: string): string {
  const nameless = withoutAddresses(text.slice(0, 200), "ADDRESS");
  return PARTICULARS.reduce((left, [sign, word]) => left.replaceAll(sign, word), nameless);
}
