/** What an error says about the work that threw it. */
interface Meaning {
  /** The stored `failReason` of a job, where the error comes again until somebody changes code, templates, settings or data. */
  readonly hopeless?: string;
  /** Whether the error is the same for every mail of its action, or only for the mail that was to be made. */
  readonly concerns: "mail" | "action";
  /** Whether a worker of another version of the code may well perform the job. */
  readonly isVersionSkew?: true;
  /** Whether it says already what is to become of the mail, so that the mailer's error handlers are not asked. */
  readonly isDecision?: true;
  /** What becomes of a newsletter's recipient. `deferred` is tried again. */
  readonly recipient: "deferred" | "failed" | "invalid" | "stopped";
}

/** An error that may be gone at the next attempt. */
const PASSING = { concerns: "mail", recipient: "deferred" } as const satisfies Meaning;

/**
 * What every error of this library means, for single jobs, newsletters and error handlers alike. An error whose code is not here does not
 * compile.
 */
export const ERROR_CODES = {
  UNKNOWN_ACTION: {
    hopeless: "unknown-action",
    concerns: "action",
    isVersionSkew: true,
    recipient: "failed",
  },
  INVALID_ARGUMENTS: {
    hopeless: "invalid-arguments",
    concerns: "mail",
    isVersionSkew: true,
    isDecision: true,
    recipient: "invalid",
  },
  UNSTORABLE_VALUE: { hopeless: "unreadable", concerns: "mail", isVersionSkew: true, recipient: "invalid" },
  SEALED_PAYLOAD: { hopeless: "sealed", concerns: "mail", isVersionSkew: true, recipient: "deferred" },
  // No job fails with it.
  ERASE_INCOMPLETE: PASSING,
  NEWER_FORMAT: { ...PASSING, isVersionSkew: true },
  PAYLOAD_TOO_LARGE: { hopeless: "payload-too-large", concerns: "mail", recipient: "invalid" },
  // It fails nothing: the job is done.
  RESULT_TOO_LARGE: PASSING,
  NOT_A_MAIL_ACTION: { hopeless: "not-a-mail-action", concerns: "mail", recipient: "failed" },
  // Of a template that is itself at fault; `meaningOf` knows the other kind.
  TEMPLATE: { hopeless: "template", concerns: "action", recipient: "failed" },
  INVALID_MAIL: { hopeless: "invalid-mail", concerns: "mail", recipient: "invalid" },
  UNKNOWN_TRANSPORT: { hopeless: "unknown-transport", concerns: "action", recipient: "failed" },
  ATTACHMENT: { hopeless: "attachment", concerns: "mail", recipient: "failed" },
  PERMANENT_FAILURE: { hopeless: "permanent", concerns: "mail", isDecision: true, recipient: "failed" },
  RECORD_GONE: { hopeless: "record-gone", concerns: "mail", recipient: "failed" },
  RECORD_NOT_SAVED: { hopeless: "record-not-saved", concerns: "mail", recipient: "failed" },
  WRONG_RECORD: { hopeless: "wrong-record", concerns: "mail", recipient: "failed" },
  MAIL_STOPPED: { concerns: "mail", recipient: "stopped" },
  RETRY_LATER: { ...PASSING, isDecision: true },
  RUN_TIME: PASSING,
  DKIM: PASSING,
  STORE: PASSING,
  STORE_GONE: PASSING,
  WORKER_STUCK: PASSING,
  DELIVERY: PASSING,
  SMTP_UNAVAILABLE: PASSING,
  BATCH_STATE: PASSING,
  CONFIGURATION: PASSING,
  DUPLICATE_KEY: PASSING,
  INVALID_OPTIONS: PASSING,
  JOB_STATE: PASSING,
  MESSAGE_ALREADY_BUILT: PASSING,
  NAMELESS_MAILER: PASSING,
  NAME_TAKEN: PASSING,
  PLANNING: PASSING,
  BEING_PLANNED: PASSING,
  // Of the command line and of tests: no job throws them.
  DASHBOARD: PASSING,
  USAGE: PASSING,
  NOT_FOUND: PASSING,
  FAKE_MAILER: PASSING,
} as const satisfies Readonly<Record<string, Meaning>>;

export type ErrorCode = keyof typeof ERROR_CODES;
export type ErrorMeaning = Meaning;
