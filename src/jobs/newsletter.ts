import { application } from "./application.ts";

/** The people a newsletter goes to, one row each: an array, a generator, a cursor, a parsed file. Read once, in order. */
export type Audience<R> = Iterable<R> | AsyncIterable<R>;

export interface NewsletterOptions<R = unknown> {
  /**
   * Names this send-out: planning it again under the same key goes on where it stopped, plans who was added since, and never plans anyone
   * twice. Defaults to a random key, so that every call is a new send-out.
   */
  readonly key?: string;
  /** Recipients per job at most; 4 MB of rows end a job's part too. @default 500 */
  readonly chunkSize?: number;
  /** What makes two rows the same person. The same for every call of one key. Defaults to the row itself when text, else the address in its `email` or `address`. */
  readonly identify?: (row: R) => string;
  /**
   * Where it is kept who was met, while the audience is read: in this process's memory (27 MB for a million people), or in the store, which is slower and
   * does not grow the process. @default "memory"
   */
  readonly deduplicate?: "memory" | "store";
  /** @default "newsletters" */
  readonly queue?: string;
  /** Lower runs first. @default 10 */
  readonly priority?: number;
  /** How often a chunk tries its deferred recipients. @default 25 */
  readonly maxAttempts?: number;
  /** `manual` plans it and sends nothing before `newsletter.start()`. @default "now" */
  readonly start?: "now" | "manual";
  /**
   * Makes and checks the mail of everybody and sends none; resolves when that is done, and `newsletter.rehearsal()` tells. It has a key of
   * its own, so `key` stays free. @default false
   */
  readonly rehearse?: boolean;
  /**
   * Nobody gets it before: an instant (a Date, or `2026-12-01T08:00:00Z`), or what clocks show where each recipient is (`2026-12-01T09:00`).
   * Where that has passed already, it is sent at once.
   */
  readonly at?: Date | string;
  /** Who has not got it by then does not get it any more, and is `expired`. As `at`. */
  readonly stopBy?: Date | string;
  /** It is sent only while one of these is open. Defaults to always. */
  readonly windows?: SendingWindow | readonly SendingWindow[];
  /** The zone of times and windows that name none, for recipients of whom none is known. @default "UTC" */
  readonly timeZone?: string;
  /** Where a recipient is, as an IANA name such as `America/New_York`; undefined where that is not known. */
  readonly timeZoneOf?: (row: R) => string | undefined;
  /**
   * Pauses the newsletter when more than this part of those who were tried were rejected (0 to 1), and at least `after` were tried since
   * it began or was resumed: `{ rejected: 0.05, after: 500 }`. `after` is 100 unless given. Defaults to never.
   */
  readonly pauseWhen?: { readonly rejected: number; readonly after?: number };
}

/** When mails of a newsletter may be sent. */
export interface SendingWindow {
  /** @default every day */
  readonly days?: readonly ("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[];
  /** `HH:MM`. */
  readonly from: string;
  /** `HH:MM`, not in the window; `24:00` is the end of the day. Before `from` it is on the next day. */
  readonly to: string;
  /** An IANA name. Defaults to where each recipient is, or the newsletter's `timeZone`. */
  readonly timeZone?: string;
}

/** `waiting`: planned with `start: "manual"`, and not started. */
export type NewsletterState = "waiting" | "running" | "paused" | "cancelled" | "finished";

/** Where a send-out stands. The counts of recipients add up to `recipients`. */
export interface NewsletterProgress {
  readonly state: NewsletterState;
  /** Whether the whole audience was read. */
  readonly planned: boolean;
  readonly chunks: number;
  readonly recipients: number;
  readonly pending: number;
  readonly sent: number;
  readonly rejected: number;
  readonly deferred: number;
  readonly failed: number;
  readonly unknown: number;
  readonly invalid: number;
  /** Stopped on purpose: a callback or the action threw StopMail. */
  readonly stopped: number;
  readonly cancelled: number;
  /** Left when `stopBy` had come. */
  readonly expired: number;
  /** Of a rehearsal: who would get the mail. */
  readonly rehearsed: number;
  /** Rows left out because the same person came before. Not part of `recipients`. */
  readonly duplicates: number;
  /** Rows left out because they do not pass the mailer's schema, name nobody or cannot be stored. Not part of `recipients`. */
  readonly refused: number;
  readonly createdAt: Date;
  /** When it was finished, or cancelled. */
  readonly finishedAt?: Date;
  /** Why it paused by itself, while it is paused for that. */
  readonly pausedBecause?: string;
  /** Recipients whose mails were answered, per second, over the last minute. */
  readonly rate: number;
  /** When it is through at this rate. Absent while nothing moves, and until the audience is read. */
  readonly eta?: Date;
  /** What the rest of it waits for. Empty where everything is under way or done. */
  readonly waiting: readonly NewsletterWait[];
}

/** Something that parts of a newsletter wait for. */
export interface NewsletterWait {
  /** For people, such as "a free worker", or what the last attempt ended with. */
  readonly reason: string;
  /** Of how many jobs. */
  readonly chunks: number;
  /** When the first of them goes on, where that is known. */
  readonly until?: Date;
}

/** What can become of a recipient, and, as `refused`, of a row of the audience that is none. */
export const NEWSLETTER_OUTCOMES = [
  "pending",
  "sent",
  "rejected",
  "deferred",
  "failed",
  "unknown",
  "invalid",
  "cancelled",
  "stopped",
  "expired",
  "rehearsed",
  "refused",
] as const;

/** What became of one recipient. */
export interface NewsletterOutcome {
  /** What `identify` gave for him: his address, where nothing else was asked for. Of a refused row, `row` and its number. */
  readonly recipient: string;
  readonly outcome: (typeof NEWSLETTER_OUTCOMES)[number];
  /** The server's reply code, where it answered. */
  readonly code?: number;
  /** What the server or an error said; empty where nothing did. */
  readonly response: string;
  /** The server's own name for a mail that it took, where its answer has one. */
  readonly queueId?: string;
  /** When it was answered, or failed. */
  readonly at?: Date;
}

export interface NewsletterOutcomesOptions {
  /** Only recipients of these outcomes. Defaults to all. */
  readonly outcome?: readonly NewsletterOutcome["outcome"][];
}

export interface RehearsalOptions {
  /** It looks at so many outcomes, for who cannot wait until a million are read. Defaults to all. */
  readonly most?: number;
}

/** What a rehearsal comes to. */
export interface RehearsalReport {
  /** At how many outcomes it looked: those of recipients, and of rows that are none. */
  readonly looked: number;
  /** Whether those are all. */
  readonly isWhole: boolean;
  readonly wouldGet: number;
  /** Who would not, by reason, the most frequent first: recipients, and rows that are none. */
  readonly wouldNot: readonly {
    readonly outcome: NewsletterOutcome["outcome"];
    readonly reason: string;
    readonly count: number;
    /** One of them. */
    readonly example: string;
  }[];
  /** Who would not for reasons beyond the hundred that `wouldNot` has. */
  readonly others: number;
  /** The largest mail, in bytes on the wire. */
  readonly largest?: { readonly recipient: string; readonly bytes: number };
  /** The one that took longest to make, in ms. */
  readonly slowest?: { readonly recipient: string; readonly ms: number };
  /** How long a mail took to make, in ms. */
  readonly meanMs?: number;
}

/** A recipient that did not simply get the mail. */
export type NewsletterFailure = Pick<NewsletterOutcome, "recipient" | "outcome" | "code" | "response">;

/** Outcomes of recipients that can be tried again by hand. */
export const RETRYABLE_OUTCOMES = ["failed", "unknown", "invalid", "stopped", "rejected"] as const;

export interface NewsletterRetryOptions {
  /** Recipients of which outcomes. @default ["failed"] */
  readonly outcomes?: readonly (typeof RETRYABLE_OUTCOMES)[number][];
}

/** What keeps a newsletter from getting on. */
export interface NewsletterTrouble {
  /**
   * `planner-gone`: nobody reads the rest of the audience. `job-failed`: the job of a chunk was given up. `job-gone`: it was removed.
   * `no-worker`: jobs are due and no worker takes them.
   */
  readonly kind: "planner-gone" | "job-failed" | "job-gone" | "no-worker";
  /** The reason, and the way out. */
  readonly message: string;
}

/** A newsletter on its way to its audience. */
export interface Newsletter {
  readonly id: string;
  readonly key: string;
  progress(): Promise<NewsletterProgress>;
  /**
   * What the rehearsal comes to; undefined where it is none.
   * @throws InvalidOptionsError
   */
  rehearsal(options?: RehearsalOptions): Promise<RehearsalReport | undefined>;
  /** Begins what was planned with `start: "manual"`. Of any other it changes nothing. */
  start(): Promise<void>;
  /** Stops sending within a second or the mails on the wire; nothing is lost. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops for good. What was sent stays recorded. */
  cancel(): Promise<void>;
  /**
   * Sends to recipients who did not get it once more. Recipients of chunks that are being worked on are left alone.
   * @returns how many
   * @throws InvalidOptionsError when the newsletter was cancelled
   */
  retry(options?: NewsletterRetryOptions): Promise<number>;
  /** What became of everybody, in the order of the audience; the rows that were left out come first. In flat memory, however many they are. */
  outcomes(options?: NewsletterOutcomesOptions): AsyncIterable<NewsletterOutcome>;
  /**
   * What became of one recipient.
   * @param recipient his address, in whatever letters, or what `identify` gave for him
   * @returns undefined when he is not in the newsletter
   */
  outcomeOf(recipient: string): Promise<NewsletterOutcome | undefined>;
  /** The outcomes of those who did not simply get the mail. */
  failures(): AsyncIterable<NewsletterFailure>;
  /**
   * Removes everything that is known of it, and of its recipients. Its key is free again: the same call would send to everybody once more.
   * @throws InvalidOptionsError while it has not ended
   */
  delete(): Promise<void>;
  /** What keeps it from getting on; nothing as a rule. */
  troubles(): Promise<readonly NewsletterTrouble[]>;
  /** Whether it stays as it is until somebody does something about its troubles. */
  isStuck(): Promise<boolean>;
}

/**
 * Newsletters that are in the store.
 * @example const newsletter = await Newsletter.find("weekly-42"); console.log(await newsletter?.progress());
 */
export const Newsletter = {
  /** By its id or key. @throws ConfigurationError | StoreError */
  async find(idOrKey: string): Promise<Newsletter | undefined> {
    return (await (await application()).openNewsletters()).find(idOrKey);
  },

  /** All of them, the newest first. @throws ConfigurationError | StoreError */
  async list(): Promise<readonly Newsletter[]> {
    return (await (await application()).openNewsletters()).list();
  },
} as const;

/** What begins and finds newsletters: the application's. */
export interface NewsletterLibrary {
  /** Plans a newsletter; resolves when its audience is read. */
  begin(request: NewsletterRequest): Promise<Newsletter>;
  find(idOrKey: string): Promise<Newsletter | undefined>;
  list(): Promise<readonly Newsletter[]>;
}

export interface NewsletterRequest {
  readonly audience: Audience<unknown>;
  readonly options: NewsletterOptions<unknown>;
  readonly handler: string;
  readonly action: string;
  /** Without the first, which is the recipient. */
  readonly args: readonly unknown[];
  readonly params: Readonly<Record<string, unknown>>;
}
