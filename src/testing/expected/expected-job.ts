import ms from "ms";
import type { Duration } from "../../jobs/delay-options.ts";
import { durationMs } from "../../jobs/delay-options.ts";
import type { Job } from "../../jobs/job.ts";
import { idIn, plainId } from "../fake/mailer-calls.ts";
import type { AsymmetricMatcher } from "./asymmetric-matcher.ts";
import { differences } from "./differences.ts";
import { differencesOfText, type ExpectedText } from "./expected-text.ts";
import { show } from "./show.ts";

/** How a call is to be queued; what is not said may be anything. */
export interface ExpectedJob {
  readonly queue?: ExpectedText;
  readonly priority?: number | AsymmetricMatcher;
  readonly runAt?: Date | AsymmetricMatcher;
  /** How long after it was stored it is due, give or take a tenth of that and 10 s at most: what `delay({ in })` was given. */
  readonly in?: Duration;
  readonly uniqueKey?: ExpectedText;
  readonly expiresAt?: Date | AsymmetricMatcher;
  readonly maxAttempts?: number | AsymmetricMatcher;
  /** The language that `.with({ locale })` asked for. */
  readonly locale?: ExpectedText;
  /** Of the record whose method it is. */
  readonly id?: unknown;
}

/** What may lie between the moment from which a delay is reckoned and the one at which its job is stored: a tenth, in ms at most. */
const MAX_TOLERANCE = 10_000;

export const JOB_FIELDS: readonly (keyof ExpectedJob)[] = [
  "queue",
  "priority",
  "runAt",
  "in",
  "uniqueKey",
  "expiresAt",
  "maxAttempts",
  "locale",
  "id",
];

/** How a job differs from what is expected of it, one line each. @throws InvalidOptionsError when `in` is no duration */
export function differencesOfJob(expected: ExpectedJob, job: Job): readonly string[] {
  const { uniqueKey, expiresAt, maxAttempts } = job.record;
  const { queue, priority, runAt } = job;
  const { locale } = job.params;
  const texts = { queue, uniqueKey, locale: typeof locale === "string" ? locale : undefined };
  const values = { priority, runAt, expiresAt, maxAttempts };
  return JOB_FIELDS.flatMap((field) => {
    const wanted = expected[field];
    if (wanted === undefined) return [];
    if (field === "id") return differences(plainId(wanted), idIn(job.params), field);
    if (field === "in") return differencesOfDelay(expected.in ?? 0, job);
    if (field in values) return differences(wanted, values[field as keyof typeof values], field);
    // The other fields of `ExpectedJob` are texts.
    return differencesOfText(wanted as ExpectedText, texts[field as keyof typeof texts], field);
  });
}

function differencesOfDelay(expected: Duration, job: Job): readonly string[] {
  const delay = delayOf(job);
  const wanted = durationMs("in of the expected call", expected);
  if (Math.abs(delay - wanted) <= Math.min(MAX_TOLERANCE, wanted / 10)) return [];
  return [`in: ${ms(delay)} (${delay / 1_000} s) instead of ${show(expected)}`];
}

/** How long after it was stored a job was to run, in ms: to the second, because storing takes some time too. */
export function delayOf({ runAt, record }: Job): number {
  return Math.round((runAt.getTime() - record.createdAt.getTime()) / 1_000) * 1_000;
}
