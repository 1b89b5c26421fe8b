import { z } from "zod";
import type { AskUnknown } from "../delivery/verdict.ts";
import { errorMessage } from "../errors/error-message.ts";
import type { Duration } from "../jobs/delay-options.ts";
import { durationMs } from "../jobs/delay-options.ts";
import type { Backoff } from "../jobs/handler.ts";
import type { NewJob } from "../jobs/job-record.ts";
import { parseRate } from "../jobs/rate.ts";
import { mailbox } from "../mail/addresses.ts";
import type { Interceptor, Observer } from "../mail/callbacks.ts";
import { isLocale, isTimeZone } from "../mail/language.ts";
import type { Address } from "../mail/mail.ts";
import { type EncryptionKey, Keyring } from "../privacy/keyring.ts";
import type { Plugin } from "../queue/lifecycle.ts";
import type { Helper } from "../rendering/helpers/helper.ts";
import type { MongooseConnection } from "../stores/mongoose-connection.ts";
import type { ProviderOf } from "../transports/providers/provider-directory.ts";
import { parseSmtpUrl } from "../transports/smtp/smtp-url.ts";
import type { Transport } from "../transports/transport.ts";
import { isTransport, readTransports } from "../transports/transport-settings.ts";
import { LOG_LEVELS } from "./settings.ts";

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

/** Each setting by itself; what they mean together is for `resolveConfig`. */
export const schema = z.strictObject({
  mongodbUri: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, "must begin with mongodb:// or mongodb+srv://")
    .optional(),
  mongoose: z.custom<MongooseConnection>(isConnection, "must be a mongoose connection").optional(),
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
  journal: z.string().min(1).optional(),
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
  baseUrl: z.url({ protocol: /^https?$/, error: "must be a URL such as https://shop.example" }).optional(),
  locale: z.string().refine(isLocale, 'must be a language tag such as "en" or "de-AT"').default("en"),
  timeZone: z.string().refine(isTimeZone, 'must be a time zone such as "Europe/Vienna"').default("UTC"),
  helpers: z.record(z.string(), z.custom<Helper>(isHelper, "must be made by helper()")).default({}),
  retention: z
    .union([z.number(), z.string()])
    .default(0)
    .transform(attempt((value: Duration) => durationMs("retention", value))),
  failedRetention: z
    .union([z.number(), z.string()])
    .transform(attempt((value: Duration) => durationMs("failedRetention", value)))
    .optional(),
  encryptionKeys: z
    .union([z.string(), z.array(z.strictObject({ id: z.string(), key: z.string() }))])
    .transform(attempt((keys: string | readonly EncryptionKey[]) => Keyring.of(keys)))
    .optional(),
  newsletterRetention: z
    .union([z.number(), z.string()])
    .transform(attempt((value: Duration) => durationMs("newsletterRetention", value)))
    .optional(),
  batchRetention: z
    .union([z.number(), z.string()])
    .transform(attempt((value: Duration) => durationMs("batchRetention", value)))
    .optional(),
  onUnknownOutcome: z
    .union(
      [z.enum(["resend", "hold"]), z.custom<AskUnknown>(isFunction)],
      'must be "resend", "hold" or a function',
    )
    .default("resend"),
  queue: z.string().min(1).default("default"),
  priority: z.coerce.number().pipe(z.int32()).default(0),
  queueAttributes: z.record(z.string(), z.strictObject({ priority: z.int32().optional() })).default({}),
  maxAttempts: z.coerce.number().int().min(1).default(25),
  maxPayload: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(12 * 1024 * 1024)
    .default(1_000_000),
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
  unknownJobs: z.enum(["fail", "leave"]).default("fail"),
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
  providers: z
    .record(
      z.string().min(1),
      z.array(z.string().regex(/^(\*\.)?[^\s@*]+$/, 'must be domains, or "*.example.com"')),
    )
    .default({}),
  providerOf: z.custom<ProviderOf>(isFunction, "must be a function").optional(),
  transport: z
    .union([z.string(), z.custom<Transport>(isTransport)], "must be a name or a transport, with its methods")
    .optional(),
});

/** A parser of ours as a step of a schema: what it throws becomes an issue. */
function attempt<I, O>(parse: (input: I) => O): (input: unknown, context: z.core.$RefinementCtx) => O {
  return (input, context) => {
    try {
      // The schema step before this one checked the input's type.
      return parse(input as I);
    } catch (error) {
      context.addIssue({ code: "custom", message: errorMessage(error) });
      return z.NEVER;
    }
  };
}
