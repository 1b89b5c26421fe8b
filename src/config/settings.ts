import type { Deliveries } from "../delivery/dispatcher.ts";
import type { OnUnknownOutcome } from "../delivery/verdict.ts";
import type { Duration } from "../jobs/delay-options.ts";
import type { Backoff } from "../jobs/handler.ts";
import type { NewJob } from "../jobs/job-record.ts";
import type { Interceptor, Observer } from "../mail/callbacks.ts";
import type { Address } from "../mail/mail.ts";
import type { EncryptionKey } from "../privacy/keyring.ts";
import type { QueueAttributes } from "../queue/enqueue/new-job.ts";
import type { Plugin } from "../queue/lifecycle.ts";
import type { Helper } from "../rendering/helpers/helper.ts";
import type { MongooseConnection } from "../stores/mongoose-connection.ts";
import type { ProviderOf } from "../transports/providers/provider-directory.ts";
import type { Transport } from "../transports/transport.ts";
import type { TransportSettings } from "../transports/transport-settings.ts";

/** What `configure({ ... })` takes; each wins over its environment variable. */
export interface Settings {
  /** MONGODB_URI. Without it the embedded SQLite store is used; with it, wherever it is set, `sqlite` is not. */
  readonly mongodbUri?: string;
  /**
   * A mongoose connection of your own instead of `mongodbUri`: needed to store jobs inside your own transactions, because a session
   * belongs to its connection. `close()` leaves it open.
   */
  readonly mongoose?: MongooseConnection;
  /** DELAYED_MAILER_SQLITE: file of the embedded store, or ":memory:". @default ".delayed-mailer/store.sqlite" */
  readonly sqlite?: string;
  /** SMTP_URL, such as smtps://user:pass@mail.example.com. Without it, outside production, mails go to the inbox folder. */
  readonly smtpUrl?: string;
  /** MAIL_FROM: the sender of mails that name none. */
  readonly from?: Address;
  /** DKIM_SELECTOR: signs every mail with DKIM; the public key is in DNS at `<selector>._domainkey.<domain>`. */
  readonly dkimSelector?: string;
  /** DKIM_DOMAIN: the domain that signs. @default that of `from` */
  readonly dkimDomain?: string;
  /** DKIM_PRIVATE_KEY: the RSA key to sign with, as PEM. */
  readonly dkimPrivateKey?: string;
  /** DKIM_PRIVATE_KEY_FILE: the file that holds it, instead. */
  readonly dkimPrivateKeyFile?: string;
  /** DELAYED_MAILER_INBOX: where mails go as .eml files without an SMTP server. @default ".delayed-mailer/inbox" */
  readonly inbox?: string;
  /**
   * DELAYED_MAILER_JOURNAL: folder in which workers note of newsletters' mails what was sent and answered, so that one that is killed
   * repeats none that was answered; "off" keeps none. The workers of a machine share it. @default "journal" beside the SQLite file, or
   * ".delayed-mailer/journal"
   */
  readonly journal?: string;
  /** DELAYED_MAILER_DELIVERIES: "off" goes the whole way of each mail and stops it before the transport. @default "on" */
  readonly deliveries?: Deliveries;
  /**
   * DELAYED_MAILER_REDIRECT_TO: gets every mail instead of its recipients, but for `redirectAllow`. Refused in production, where it
   * would keep mails from everybody.
   */
  readonly redirectTo?: Address;
  /** DELAYED_MAILER_REDIRECT_ALLOW, with commas between: who gets mail in spite of `redirectTo`, as "qa@x.test" or "*@x.test". */
  readonly redirectAllow?: readonly string[];
  /** See every mail before it is sent, and may change or stop it; in this order, `redirectTo` after them. */
  readonly interceptors?: readonly Interceptor[];
  /** See every mail that a server has taken: for archives. */
  readonly observers?: readonly Observer[];
  /**
   * DELAYED_MAILER_PREFIX: what the names of MongoDB's collections begin with, so that several applications can share a database.
   * @default "delayed"
   */
  readonly prefix?: string;
  /** DELAYED_MAILER_TEMPLATES: folder of the templates. @default "templates" */
  readonly templates?: string;
  /** DELAYED_MAILER_BASE_URL: what `{{url "/path"}}` puts before a path, such as "https://shop.example". */
  readonly baseUrl?: string;
  /** DELAYED_MAILER_LOCALE: the language of mails that ask for none, and the one fallen back to. @default "en" */
  readonly locale?: string;
  /** DELAYED_MAILER_TIME_ZONE: the clock of mails that name none. @default "UTC" */
  readonly timeZone?: string;
  /** What templates can call beside the library's helpers; each made by `helper()`. */
  readonly helpers?: Readonly<Record<string, Helper>>;
  /** DELAYED_MAILER_ATTACHMENTS, with commas between: the folders that attached files may come from. @default ["attachments"] */
  readonly attachmentFolders?: readonly string[];
  /** DELAYED_MAILER_MAX_ATTACHMENT_BYTES: how large the files of one mail may be together. @default 18 MiB, which is 25 MB on the wire */
  readonly maxAttachmentBytes?: number;
  /** DELAYED_MAILER_RETENTION: how long done jobs are kept. @default 0, which deletes them at once */
  readonly retention?: Duration;
  /** DELAYED_MAILER_FAILED_RETENTION: how long failed jobs are kept; a newsletter's go with it. Defaults to for ever. */
  readonly failedRetention?: Duration;
  /**
   * DELAYED_MAILER_ENCRYPTION_KEYS, as `id:key` with commas between: encrypts what jobs are called with. The first key encrypts, all of
   * them decrypt. A key is 32 bytes as base64: `openssl rand -base64 32`. Defaults to none.
   */
  readonly encryptionKeys?: readonly EncryptionKey[];
  /**
   * DELAYED_MAILER_NEWSLETTER_RETENTION: how long finished and cancelled newsletters are kept, with what became of each recipient. Its key
   * is free after that. Defaults to for ever.
   */
  readonly newsletterRetention?: Duration;
  /** DELAYED_MAILER_BATCH_RETENTION: how long ended batches are kept, with their failed jobs. Their keys are free after that. Defaults to for ever. */
  readonly batchRetention?: Duration;
  /**
   * DELAYED_MAILER_ON_UNKNOWN_OUTCOME: what to do with a mail that may or may not have been taken: "resend", "hold", or a function that
   * decides for each, right before it would be sent again. @default "resend"
   */
  readonly onUnknownOutcome?: OnUnknownOutcome;
  /** DELAYED_MAILER_QUEUE: the queue of jobs that name none. @default "default" */
  readonly queue?: string;
  /** DELAYED_MAILER_PRIORITY: the priority of jobs whose call, mailer and queue name none. @default 0 */
  readonly priority?: number;
  /** What the jobs of a queue get unless their call or mailer says: `{ reports: { priority: 10 } }`. */
  readonly queueAttributes?: QueueAttributes;
  /** DELAYED_MAILER_MAX_ATTEMPTS: how often a job is tried unless it says. @default 25 */
  readonly maxAttempts?: number;
  /**
   * DELAYED_MAILER_MAX_PAYLOAD: how large the arguments of one call may be, in bytes, 12 MiB at most: jobs are read by the hundred. What
   * is larger belongs into a file or a document. @default 1_000_000
   */
  readonly maxPayload?: number;
  /** DELAYED_MAILER_MAX_RUN_TIME: how long one attempt may take at most; mailers and calls may say less. @default "4h" */
  readonly maxRunTime?: Duration;
  /** When failed attempts are made again, where call and mailer do not say. Defaults to `quarticBackoff()`. */
  readonly backoff?: Backoff;
  /** DELAYED_MAILER_KEEP_FAILED: keep jobs that are given up, with their reason, unless their mailer says. @default true */
  readonly keepFailed?: boolean;
  /**
   * DELAYED_MAILER_DEPLOY_GRACE: for how long after it was stored a job whose mailer, action or arguments a worker does not know is left
   * to others, without spending an attempt: while a new version is deployed, they may know it. @default "10m" in production, else 0
   */
  readonly deployGrace?: Duration;
  /**
   * DELAYED_MAILER_UNKNOWN_JOBS: "leave" puts a job whose mailer or action this process does not know back for half a minute, again and
   * again, without spending an attempt: for several services over one database. "fail" fails it, after `deployGrace`. @default "fail"
   */
  readonly unknownJobs?: "fail" | "leave";
  /**
   * DELAYED_MAILER_DELAY_JOBS: false performs delayed calls at once, in this process, unless their time is in the future; a function
   * decides for each. An error then reaches the caller. @default true
   */
  readonly delayJobs?: boolean | ((job: NewJob) => boolean);
  /** What stands around enqueueing and performing; see `Lifecycle`. */
  readonly plugins?: readonly Plugin[];
  /** DELAYED_MAILER_HEALTH_PORT: where worker processes answer /healthz and /readyz. Defaults to nowhere. */
  readonly healthPort?: number;
  /** DELAYED_MAILER_LOG_LEVEL: trace, debug, info, warn, error, fatal or silent. @default "info" */
  readonly logLevel?: LogLevel;
  /** DELAYED_MAILER_LOG_ADDRESSES: let mail addresses stand in log lines. @default false */
  readonly logAddresses?: boolean;
  /** NODE_ENV=production: no inbox folder, no index creation, no template reload. */
  readonly production?: boolean;
  /**
   * Whether opening MongoDB creates its indexes. Without it they are created, except in production, where a missing index is an error;
   * `false` looks at none.
   */
  readonly createIndexes?: boolean;
  /** DELAYED_MAILER_RATE: the most mails that all processes together send over `smtpUrl`, such as "100/1m". Defaults to no limit. */
  readonly rate?: string;
  /** Named ways out, in place of `smtpUrl`: `{ main: "smtp://…", bulk: "smtp://…", both: { failover: ["main", "bulk"] } }`. */
  readonly transports?: Readonly<Record<string, TransportSettings>>;
  /**
   * Mail providers and the domains whose mail they take, beside those that are known: `{ corp: ["corp.example", "*.corp.example"] }`.
   * Mails to the domains of one count together.
   */
  readonly providers?: Readonly<Record<string, readonly string[]>>;
  /** Names the provider of a domain that nobody knows, by its mail servers for one; asked once for each. Defaults to the domain itself. */
  readonly providerOf?: ProviderOf;
  /**
   * DELAYED_MAILER_TRANSPORT: the name of the transport for mails that name none. Defaults to the first of `transports`. Or a transport
   * of your own.
   */
  readonly transport?: Transport | string;
}

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
