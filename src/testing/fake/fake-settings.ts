import { ENVIRONMENT } from "../../config/environment.ts";
import type { Settings } from "../../config/settings.ts";
import { InvalidOptionsError } from "../../errors/errors.ts";
import type { Transport } from "../../transports/transport.ts";

/**
 * Where a fake mailer has each setting from. `own`: where jobs are kept and where mails go is never anybody else's business. `given`:
 * what an application says for one of its systems, and not for its mails, counts only where a test asks for it. `taken`: the rest is
 * the application's.
 */
const SOURCES = {
  mongodbUri: "own",
  mongoose: "own",
  prefix: "own",
  sqlite: "own",
  createIndexes: "own",
  smtpUrl: "own",
  inbox: "own",
  journal: "own",
  transport: "own",
  rate: "own",
  providers: "own",
  providerOf: "own",
  dkimSelector: "own",
  dkimDomain: "own",
  dkimPrivateKey: "own",
  dkimPrivateKeyFile: "own",
  healthPort: "own",
  production: "own",
  deliveries: "given",
  redirectTo: "given",
  redirectAllow: "given",
  delayJobs: "given",
  deployGrace: "given",
  unknownJobs: "given",
  retention: "given",
  failedRetention: "own",
  encryptionKeys: "own",
  newsletterRetention: "own",
  batchRetention: "own",
  from: "taken",
  transports: "taken",
  templates: "taken",
  baseUrl: "taken",
  locale: "taken",
  timeZone: "taken",
  helpers: "taken",
  attachmentFolders: "taken",
  maxAttachmentBytes: "taken",
  interceptors: "taken",
  observers: "taken",
  plugins: "taken",
  onUnknownOutcome: "taken",
  queue: "taken",
  priority: "taken",
  queueAttributes: "taken",
  maxAttempts: "taken",
  maxPayload: "taken",
  maxRunTime: "taken",
  backoff: "taken",
  keepFailed: "taken",
  logLevel: "taken",
  logAddresses: "taken",
} as const satisfies Record<keyof Settings, "own" | "given" | "taken">;

type Own = {
  [K in keyof typeof SOURCES]: (typeof SOURCES)[K] extends "own" ? K : never;
}[keyof typeof SOURCES];

/** Everything of `configure()` but where jobs are kept and where mails go. */
export type FakeMailerOptions = Omit<Settings, Own>;

/** The sender of mails that name none, where nobody else says: the application may have its own only in production. */
const SENDER = "Fake mailer <fake-mailer@example.com>";

function comesFrom(name: string, source: "own" | "given" | "taken"): boolean {
  return Object.entries(SOURCES).some(([setting, from]) => setting === name && from === source);
}

/**
 * The application's own settings with `options` over them, and with a store in memory.
 * @throws InvalidOptionsError when an option is one that a fake has of its own
 */
export function fakeSettings(own: Settings, options: FakeMailerOptions, transport: Transport): Settings {
  const refused = Object.keys(options).filter((name) => comesFrom(name, "own"));
  if (refused.length > 0)
    throw new InvalidOptionsError("fakeMailer", [
      `${refused.join(", ")}: a fake mailer keeps its jobs and its mails in memory`,
    ]);
  const taken = Object.entries(own).filter(([name]) => comesFrom(name, "taken"));
  const { transports, ...settings }: Settings = { ...Object.fromEntries(taken), ...options };
  const named = Object.keys(transports ?? {}).map((name) => [name, transport]);
  return {
    ...settings,
    sqlite: ":memory:",
    transport,
    ...(named.length > 0 && { transports: Object.fromEntries(named) }),
  };
}

/** What of the environment says how mails look; a test must not find the mail server or the database of its machine. */
export function fakeEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(ENVIRONMENT).flatMap(([name, variable]) => {
    const value = comesFrom(name, "taken") ? env[variable] : undefined;
    return value ? [[variable, value]] : [];
  });
  return { MAIL_FROM: SENDER, ...Object.fromEntries(kept) };
}
