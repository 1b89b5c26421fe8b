import { ERROR_CODES, type ErrorMeaning } from "./error-codes.ts";
import { DelayedMailError, PermanentFailure, RecordGoneError, TemplateError } from "./errors.ts";

/** What becomes of a job whose record is gone: it fails at once, is dropped, or is tried again as after any error. */
export type RecordGonePolicy = "fail" | "discard" | "retry";

/** An error of somebody else's code, which may be gone at the next attempt. */
const FOREIGN: ErrorMeaning = { concerns: "mail", recipient: "deferred" };

/**
 * What an error means for the work that threw it.
 * @param recordGone what the mailer wants of records that are not there any more
 */
export function meaningOf(error: unknown, recordGone: RecordGonePolicy): ErrorMeaning {
  if (error instanceof PermanentFailure) return { ...ERROR_CODES.PERMANENT_FAILURE, hopeless: error.reason };
  if (isRecordGone(error)) return RECORD_GONE[recordGone];
  if (!(error instanceof DelayedMailError)) return FOREIGN;
  const meaning = ERROR_CODES[error.code];
  return error instanceof TemplateError && error.fault === "values"
    ? { ...meaning, concerns: "mail" }
    : meaning;
}

/** By its name too: an application may have a mongoose of its own. */
export function isRecordGone(error: unknown): boolean {
  return (
    error instanceof RecordGoneError || (error instanceof Error && error.name === "DocumentNotFoundError")
  );
}

/** To discard is to stop the mail and to keep no failure. */
const RECORD_GONE: Readonly<Record<RecordGonePolicy, ErrorMeaning>> = {
  fail: ERROR_CODES.RECORD_GONE,
  discard: { ...ERROR_CODES.RECORD_GONE, recipient: "stopped" },
  retry: FOREIGN,
};
