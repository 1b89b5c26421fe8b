import { SealedPayloadError } from "../../errors/errors.ts";
import type { JobRecord, Json } from "../../jobs/job-record.ts";
import type { RehearsalReport } from "../../jobs/newsletter.ts";
import { decode } from "../../jobs/stored-value.ts";
import { withoutAddresses } from "../../mail/addresses-in-text.ts";

/** A call, for whoever decides what of its arguments is shown. */
export interface ShownCall {
  readonly mailer: string;
  readonly action: string;
  readonly args: readonly unknown[];
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * What is shown of arguments. By default their shape: every value hidden, and addresses in errors too. `false` shows everything, and the
 * mails that are made of them. A function gives what is shown instead.
 */
export type Redact = false | ((call: ShownCall) => unknown);

const HIDDEN = "•••";

/** What is shown of a job's arguments, as JSON. */
export function shownArguments(job: JobRecord, redact: Redact | undefined): string {
  const refusal = sealedReason(job);
  if (refusal !== undefined) return JSON.stringify(refusal);
  if (redact === undefined) return JSON.stringify(hidden([...job.args, ...paramsOf(job)]), null, 2);
  if (redact === false) return JSON.stringify([...job.args, ...paramsOf(job)], null, 2);
  const { handler: mailer, action } = job;
  const params = decode(job.params) as ShownCall["params"];
  return JSON.stringify(redact({ mailer, action, args: job.args.map(decode), params }), null, 2);
}

/** Why the arguments cannot be read here; undefined where they can. */
function sealedReason({ args, params }: JobRecord): string | undefined {
  try {
    args.forEach(decode);
    decode(params);
    return undefined;
  } catch (error) {
    return error instanceof SealedPayloadError ? error.message : undefined;
  }
}

/** What servers and errors say repeats addresses. */
export function shownText(text: string, redact: Redact | undefined): string {
  return redact === false ? text : withoutAddresses(text, "[address]");
}

/** Who a recipient is: an address, or whatever else `identify` gave. The number of a row that names nobody is always shown. */
export function shownRecipient(recipient: string, redact: Redact | undefined): string {
  return redact === false || /^row \d+$/.test(recipient) ? recipient : "[address]";
}

/** What a rehearsal comes to, without who people are. */
export function shownReport(report: RehearsalReport, redact: Redact | undefined): RehearsalReport {
  const { wouldNot, largest, slowest } = report;
  const shown = <T extends { readonly recipient: string }>(one: T) => ({
    ...one,
    recipient: shownRecipient(one.recipient, redact),
  });
  return {
    ...report,
    wouldNot: wouldNot.map((each) => ({
      ...each,
      reason: shownText(each.reason, redact),
      example: shownRecipient(each.example, redact),
    })),
    ...(largest && { largest: shown(largest) }),
    ...(slowest && { slowest: shown(slowest) }),
  };
}

function paramsOf({ params }: JobRecord): readonly Json[] {
  return params === null || Object.keys(params).length === 0 ? [] : [params];
}

/** The same shape, with nothing in it. Keys are kept: they are words of a program. */
function hidden(value: Json | readonly Json[]): Json {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value !== "object") return HIDDEN;
  if (Array.isArray(value)) return value.map(hidden);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hidden(inner)]));
}
