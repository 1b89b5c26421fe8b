import { hostname } from "node:os";
import type { Connection } from "mongoose";
import { z } from "zod";
import type { Deliveries } from "./delivery/dispatcher.ts";
import { ConfigurationError } from "./errors.ts";
import type { Helper } from "./helper.ts";
import type { NewJob } from "./job-record.ts";
import { isLocale, isTimeZone } from "./language.ts";
import type { Plugin } from "./lifecycle.ts";
import type { Address } from "./mail.ts";
import type { Interceptor, Observer } from "./mail-callbacks.ts";
import type { Duration } from "./message.ts";
import type { Backoff } from "./performable.ts";
import { durationMs } from "./queue/delay-options.ts";
import type { QueueAttributes } from "./queue/new-job.ts";
import { mailbox } from "./rendering/addresses.ts";
import { type DkimKey, type DkimSettings, dkimKeyOf } from "./smtp/dkim-key.ts";
import { parseSmtpUrl } from "./smtp/smtp-url.ts";
import type { Transport } from "./smtp/transport.ts";
import type { UnknownPolicy } from "./smtp/verdict.ts";
import { parseRate } from "./transports/rate.ts";
import { isTransport, readTransports, type TransportSettings } from "./transports/transport-settings.ts";

/** What `configure({ ... })` takes; each wins over its environment variable. */
export interface Settings {
  /** MONGODB_URI. Without it the embedded SQLite store is used. */
  readonly mongodbUri?: string;
  /**
   * A mongoose connection of your own instead of `mongodbUri`: needed to store jobs inside your own transactions, because a session
   * belongs to its connection. `close()` leaves it open.
   */
  readonly mongoose?: Connection;
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
  /** DELAYED_MAILER_UNKNOWN: what to do with a mail that may or may not have been taken. @default "resend" */
  readonly unknown?: UnknownPolicy;
  /** DELAYED_MAILER_QUEUE: the queue of jobs that name none. @default "default" */
  readonly queue?: string;
  /** DELAYED_MAILER_PRIORITY: the priority of jobs whose call, mailer and queue name none. @default 0 */
  readonly priority?: number;
  /** What the jobs of a queue get unless their call or mailer says: `{ reports: { priority: 10 } }`. */
  readonly queueAttributes?: QueueAttributes;
  /** DELAYED_MAILER_MAX_ATTEMPTS: how often a job is tried unless it says. @default 25 */
  readonly maxAttempts?: number;
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
   * DELAYED_MAILER_TRANSPORT: the name of the one that mails use which name none, by default the first of `transports`. Or a transport
   * of your own.
   */
  readonly transport?: Transport | string;
}

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The environment variable of each setting that has one. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  mongodbUri: "MONGODB_URI",
  sqlite: "DELAYED_MAILER_SQLITE",
  prefix: "DELAYED_MAILER_PREFIX",
  smtpUrl: "SMTP_URL",
  from: "MAIL_FROM",
  dkimSelector: "DKIM_SELECTOR",
  dkimDomain: "DKIM_DOMAIN",
  dkimPrivateKey: "DKIM_PRIVATE_KEY",
  dkimPrivateKeyFile: "DKIM_PRIVATE_KEY_FILE",
  inbox: "DELAYED_MAILER_INBOX",
  rate: "DELAYED_MAILER_RATE",
  transport: "DELAYED_MAILER_TRANSPORT",
  deliveries: "DELAYED_MAILER_DELIVERIES",
  redirectTo: "DELAYED_MAILER_REDIRECT_TO",
  redirectAllow: "DELAYED_MAILER_REDIRECT_ALLOW",
  templates: "DELAYED_MAILER_TEMPLATES",
  baseUrl: "DELAYED_MAILER_BASE_URL",
  locale: "DELAYED_MAILER_LOCALE",
  timeZone: "DELAYED_MAILER_TIME_ZONE",
  attachmentFolders: "DELAYED_MAILER_ATTACHMENTS",
  maxAttachmentBytes: "DELAYED_MAILER_MAX_ATTACHMENT_BYTES",
  retention: "DELAYED_MAILER_RETENTION",
  unknown: "DELAYED_MAILER_UNKNOWN",
  queue: "DELAYED_MAILER_QUEUE",
  priority: "DELAYED_MAILER_PRIORITY",
  maxAttempts: "DELAYED_MAILER_MAX_ATTEMPTS",
  maxRunTime: "DELAYED_MAILER_MAX_RUN_TIME",
  keepFailed: "DELAYED_MAILER_KEEP_FAILED",
  deployGrace: "DELAYED_MAILER_DEPLOY_GRACE",
  delayJobs: "DELAYED_MAILER_DELAY_JOBS",
  healthPort: "DELAYED_MAILER_HEALTH_PORT",
  logLevel: "DELAYED_MAILER_LOG_LEVEL",
  logAddresses: "DELAYED_MAILER_LOG_ADDRESSES",
};

/** By its shape: an application may have a mongoose of its own. */
function isConnection(value: unknown): boolean {
  return typeof value === "object" && value !== null && "readyState" in value && "collection" in value;
}

function isHelper(value: unknown): boolean {
  return typeof value === "object" && value !== null && "run" in value && "problems" in value;
}

const splitAtCommas = (value: unknown): unknown => (typeof value === "string" ? value.split(",") : value);

const isFunction = (value: unknown): boolean => typeof value === "function";

const flag = z.union([z.boolean(), z.stringbool()], "must be true or false");

const address = z.union([z.string(), z.object({ name: z.string(), address: z.string() })]);

const mailboxOf = (what: string) => address.transform(attempt((value: Address) => mailbox(value, what)));

const allowed = z
  .string()
  .trim()
  .regex(/^[^@\s,]+@[^@\s,*]+$/, 'must be addresses, or "*@example.com" for everybody there');

const schema = z.strictObject({
  mongodbUri: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, "must begin with mongodb:// or mongodb+srv://")
    .optional(),
  mongoose: z.custom<Connection>(isConnection, "must be a mongoose connection").optional(),
  sqlite: z.string().min(1).default(".delayed-mailer/store.sqlite"),
  prefix: z
    .string()
    .regex(/^[A-Za-z]\w{0,49}$/, "must be letters, digits and underscores, a letter first")
    .default("delayed"),
  smtpUrl: z.string().transform(attempt(parseSmtpUrl)).optional(),
  from: mailboxOf("the sender").optional(),
  dkimSelector: z.string().min(1).optional(),
  dkimDomain: z.string().min(1).optional(),
  dkimPrivateKey: z.string().min(1).optional(),
  dkimPrivateKeyFile: z.string().min(1).optional(),
  inbox: z.string().min(1).default(".delayed-mailer/inbox"),
  deliveries: z.enum(["on", "off"]).default("on"),
  redirectTo: mailboxOf("redirectTo").optional(),
  redirectAllow: z.preprocess(splitAtCommas, z.array(allowed)).default([]),
  interceptors: z.array(z.custom<Interceptor>(isFunction, "must be a function")).default([]),
  observers: z.array(z.custom<Observer>(isFunction, "must be a function")).default([]),
  templates: z.string().min(1).default("templates"),
  attachmentFolders: z.preprocess(splitAtCommas, z.array(z.string().trim().min(1))).default(["attachments"]),
  maxAttachmentBytes: z.coerce
    .number()
    .int()
    .min(0)
    .default(18 * 1024 * 1024),
  baseUrl: z.url({ protocol: /^https?$/, error: "must be such as https://shop.example" }).optional(),
  locale: z.string().refine(isLocale, 'must be a language tag such as "en" or "de-AT"').default("en"),
  timeZone: z.string().refine(isTimeZone, 'must be a time zone such as "Europe/Vienna"').default("UTC"),
  helpers: z.record(z.string(), z.custom<Helper>(isHelper, "must be made by helper()")).default({}),
  retention: z
    .union([z.number(), z.string()])
    .default(0)
    .transform(attempt((value: Duration) => durationMs("retention", value))),
  unknown: z.enum(["resend", "hold"]).default("resend"),
  queue: z.string().min(1).default("default"),
  priority: z.coerce.number().pipe(z.int32()).default(0),
  queueAttributes: z.record(z.string(), z.strictObject({ priority: z.int32().optional() })).default({}),
  maxAttempts: z.coerce.number().int().min(1).default(25),
  maxRunTime: z
    .union([z.number(), z.string()])
    .default("4h")
    .transform(attempt((value: Duration) => durationMs("maxRunTime", value)))
    .pipe(
      z
        .number()
        .min(1)
        .max(2 ** 31 - 1, "must be at most 24.8 days"),
    ),
  backoff: z.custom<Backoff>(isFunction, "must be a function").optional(),
  keepFailed: flag.default(true),
  deployGrace: z
    .union([z.number(), z.string()])
    .transform(attempt((value: Duration) => durationMs("deployGrace", value)))
    .optional(),
  delayJobs: z
    .union([flag, z.custom<(job: NewJob) => boolean>(isFunction)], "must be true, false or a function")
    .default(true),
  plugins: z.array(z.custom<Plugin>(isFunction, "must be a function")).default([]),
  healthPort: z.coerce.number().int().min(0).max(65_535).optional(),
  logLevel: z.enum(LOG_LEVELS).default("info"),
  logAddresses: flag.default(false),
  production: z.boolean(),
  createIndexes: z.boolean().optional(),
  rate: z.string().transform(attempt(parseRate)).optional(),
  transports: z
    .record(z.string(), z.unknown())
    .refine((transports) => Object.keys(transports).length > 0, "must hold at least one transport")
    .transform(attempt(readTransports))
    .optional(),
  transport: z
    .union([z.string(), z.custom<Transport>(isTransport)], "must be a name or a transport, with its methods")
    .optional(),
});

export type Config = z.output<typeof schema> & {
  /** The right-hand side of Message-IDs: the sender's domain, else this machine's name. */
  readonly messageIdDomain: string;
  /** Every mail is signed with it. */
  readonly dkim?: DkimKey | undefined;
};

const RATE_OF_SEVERAL =
  'DELAYED_MAILER_RATE (rate): with transports, each has its own: { main: { url: "smtp://…", rate: "100/1m" } }';
const REDIRECTED_PRODUCTION =
  "DELAYED_MAILER_REDIRECT_TO (redirectTo) would keep every mail from its recipients, and this is production; a system that only looks like it says so with configure({ production: false })";

/**
 * The settings and, where they are silent, the environment, checked together.
 * @throws ConfigurationError with every mistake found; values that may hold a password are not repeated
 */
export function resolveConfig(settings: Settings = {}, env: NodeJS.ProcessEnv = process.env): Config {
  const fromEnv = Object.entries(ENVIRONMENT).map(([name, variable]) => [name, env[variable] || undefined]);
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const merged = {
    production: env.NODE_ENV === "production",
    ...Object.fromEntries(fromEnv),
    ...Object.fromEntries(given),
  };
  const result = schema.safeParse(merged);
  const problems = result.success ? [] : result.error.issues.map(describe);
  const { production, smtpUrl, rate, transport, transports, deliveries, redirectTo, redirectAllow } =
    merged as Settings;
  if (production && redirectTo) problems.push(REDIRECTED_PRODUCTION);
  if (redirectAllow && !redirectTo)
    problems.push("DELAYED_MAILER_REDIRECT_ALLOW (redirectAllow) means nothing without redirectTo");
  if (settings.smtpUrl && transports) problems.push("smtpUrl, transports: give one of them, not both");
  if (rate && transports) problems.push(RATE_OF_SEVERAL);
  if (typeof transport === "string" && !Object.hasOwn(transports ?? {}, transport))
    problems.push(`DELAYED_MAILER_TRANSPORT (transport): there is no transport "${transport}" in transports`);
  if (production && !smtpUrl && !transport && !transports && deliveries !== "off")
    problems.push("SMTP_URL is missing: in production there is no inbox folder to fall back to");
  const senderDomain = result.data?.from?.address.split("@").at(-1);
  const dkim = result.success ? signingKey(result.data, senderDomain, problems) : undefined;
  if (!result.success || problems.length > 0) throw new ConfigurationError(problems);
  return { ...result.data, dkim, messageIdDomain: senderDomain ?? hostname() };
}

function signingKey(
  settings: DkimSettings,
  senderDomain: string | undefined,
  problems: string[],
): DkimKey | undefined {
  try {
    return dkimKeyOf(settings, senderDomain);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  const [name] = path;
  if (typeof name !== "string") return message;
  const variable = ENVIRONMENT[name];
  return variable ? `${variable} (${name}): ${message}` : `${name}: ${message}`;
}

/** A parser of ours as a step of a schema: what it throws becomes an issue. */
function attempt<I, O>(parse: (input: I) => O): (input: unknown, context: z.core.$RefinementCtx) => O {
  return (input, context) => {
    try {
      // The schema step before this one checked the input's type.
      return parse(input as I);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  };
}
