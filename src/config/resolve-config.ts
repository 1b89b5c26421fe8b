import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { z } from "zod";
import { errorMessage } from "../errors/error-message.ts";
import { ConfigurationError } from "../errors/errors.ts";
import { type DkimKey, type DkimSettings, dkimKeyOf } from "../mime/dkim-key.ts";
import { ENVIRONMENT, unknownVariables } from "./environment.ts";
import { schema } from "./schema.ts";
import type { Settings } from "./settings.ts";

export type Config = Omit<z.output<typeof schema>, "journal"> & {
  /** Where the journals of newsletters are kept; undefined where none are. */
  readonly journal: string | undefined;
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
  problems.push(...unknownVariables(env));
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
  const journal = journalFolder(result.data);
  return { ...result.data, journal, dkim, messageIdDomain: senderDomain ?? hostname() };
}

/** Newsletters in memory end with their process, and nobody would take over what it left. */
function journalFolder({
  journal,
  mongodbUri,
  mongoose,
  sqlite,
}: z.output<typeof schema>): string | undefined {
  if (journal !== undefined) return journal === "off" ? undefined : journal;
  if (mongodbUri !== undefined || mongoose !== undefined) return ".delayed-mailer/journal";
  return sqlite === ":memory:" ? undefined : join(dirname(sqlite), "journal");
}

function signingKey(
  settings: DkimSettings,
  senderDomain: string | undefined,
  problems: string[],
): DkimKey | undefined {
  try {
    return dkimKeyOf(settings, senderDomain);
  } catch (error) {
    problems.push(errorMessage(error));
    return undefined;
  }
}

function describe({ path, message }: z.core.$ZodIssue): string {
  const [name] = path;
  if (typeof name !== "string") return message;
  const variable = ENVIRONMENT[name];
  return variable ? `${variable} (${name}): ${message}` : `${name}: ${message}`;
}
