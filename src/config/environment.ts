import { distance } from "fastest-levenshtein";
import { nearestName } from "../errors/nearest-name.ts";

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
  journal: "DELAYED_MAILER_JOURNAL",
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
  failedRetention: "DELAYED_MAILER_FAILED_RETENTION",
  encryptionKeys: "DELAYED_MAILER_ENCRYPTION_KEYS",
  newsletterRetention: "DELAYED_MAILER_NEWSLETTER_RETENTION",
  batchRetention: "DELAYED_MAILER_BATCH_RETENTION",
  onUnknownOutcome: "DELAYED_MAILER_ON_UNKNOWN_OUTCOME",
  queue: "DELAYED_MAILER_QUEUE",
  priority: "DELAYED_MAILER_PRIORITY",
  maxAttempts: "DELAYED_MAILER_MAX_ATTEMPTS",
  maxPayload: "DELAYED_MAILER_MAX_PAYLOAD",
  maxRunTime: "DELAYED_MAILER_MAX_RUN_TIME",
  keepFailed: "DELAYED_MAILER_KEEP_FAILED",
  deployGrace: "DELAYED_MAILER_DEPLOY_GRACE",
  unknownJobs: "DELAYED_MAILER_UNKNOWN_JOBS",
  delayJobs: "DELAYED_MAILER_DELAY_JOBS",
  healthPort: "DELAYED_MAILER_HEALTH_PORT",
  logLevel: "DELAYED_MAILER_LOG_LEVEL",
  logAddresses: "DELAYED_MAILER_LOG_ADDRESSES",
};

const OURS = "DELAYED_MAILER_";
const KNOWN = Object.values(ENVIRONMENT);
/** What our own processes tell each other. */
const INTERNAL = ["DELAYED_MAILER_PROCESS", "DELAYED_MAILER_WATCHED"];
const SHARED = KNOWN.filter((name) => !name.startsWith(OURS));

/** Variables that nobody else can mean, and that no setting reads: each would be ignored in silence. @returns problems */
export function unknownVariables(env: NodeJS.ProcessEnv): readonly string[] {
  return namesIn(env).flatMap((name) => {
    if (name.startsWith(OURS)) return [`${name}: there is no such setting; ${wayOut(name)}`];
    const meant = SHARED.find((known) => isSwapped(name, known));
    return meant === undefined ? [] : [`${name}: there is no such setting; did you mean ${meant}?`];
  });
}

/** Variables that look like one of ours and may be another program's. @returns warnings */
export function doubtfulVariables(env: NodeJS.ProcessEnv): readonly string[] {
  return namesIn(env).flatMap((name) => {
    if (name.startsWith(OURS) || SHARED.some((known) => isSwapped(name, known))) return [];
    const meant = nearestName(
      name,
      SHARED.filter((known) => !env[known]),
    );
    return meant === undefined ? [] : [`${name} is set and ${meant} is not: did you mean ${meant}?`];
  });
}

function namesIn(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.keys(env).filter(
    (name) => env[name] !== "" && !KNOWN.includes(name) && !INTERNAL.includes(name),
  );
}

function wayOut(name: string): string {
  const withoutPrefix = name.slice(OURS.length);
  const meant = SHARED.find((known) => known === withoutPrefix || known === `MAIL_${withoutPrefix}`);
  const nearest = meant ?? nearestName(name, KNOWN);
  return nearest === undefined ? "the README lists them all" : `did you mean ${nearest}?`;
}

/**
 * Whether two letters of the first word changed places, as in SMPT_URL: that is no other program's variable, which MAIL_FORM or SMTP_URI
 * may be.
 */
function isSwapped(name: string, known: string): boolean {
  const [given = "", ...rest] = name.split("_");
  const [word = "", ...knownRest] = known.split("_");
  if (rest.join("_") !== knownRest.join("_") || given === word) return false;
  return [...given].sort().join("") === [...word].sort().join("") && distance(given, word) === 2;
}
