import { z } from "zod";
import { InvalidOptionsError } from "../errors.ts";

/** Where and how to hand over mail. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (smtps). */
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  /** Connections used at once. @default 5 */
  readonly connections: number;
  /** `required` refuses to send without TLS; `opportunistic` uses STARTTLS where offered; `never` does not. */
  readonly starttls: "required" | "opportunistic" | "never";
  /** Whether the server's certificate must be valid. @default true */
  readonly rejectUnauthorized: boolean;
  /** The name given with EHLO. Defaults to this machine's. */
  readonly name?: string;
}

const query = z.strictObject({
  connections: z.coerce.number().int().min(1).max(1_000).default(5),
  starttls: z.enum(["required", "opportunistic", "never"]).default("opportunistic"),
  rejectUnauthorized: z.stringbool().default(true),
  name: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional(),
});

const PORTS: Readonly<Record<string, number>> = { "smtp:": 587, "smtps:": 465 };

/**
 * Reads `smtp://user:password@host:port?connections=10&starttls=required`, or `smtps://` for TLS from the first byte. The ports are
 * 587 and 465 unless given (RFC 8314). User and password are percent-encoded.
 * @throws InvalidOptionsError which never repeats the URL, because a password may stand in it
 */
export function parseSmtpUrl(text: string): SmtpSettings {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const port = url && PORTS[url.protocol];
  if (url === undefined || port === undefined || url.hostname === "")
    throw new InvalidOptionsError("the mail server's URL", [
      "it must look like smtp://user:password@host:587 or smtps://host",
    ]);
  if (url.pathname !== "" && url.pathname !== "/")
    throw new InvalidOptionsError("the mail server's URL", [
      "it has a path; write a / or @ in a password as %2F or %40",
    ]);
  const options = query.safeParse(Object.fromEntries(url.searchParams));
  if (!options.success)
    throw new InvalidOptionsError(
      "the mail server's URL",
      options.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`.trim()),
    );
  const { name, ...rest } = options.data;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? port : Number(url.port),
    secure: url.protocol === "smtps:",
    ...credentials(url),
    ...rest,
    ...(name !== undefined && { name }),
  };
}

function credentials({ username, password }: URL): { user?: string; password?: string } {
  if (username === "") return {};
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch (error) {
    throw new InvalidOptionsError("the mail server's URL", ["its user or password is not percent-encoded"], {
      cause: error,
    });
  }
}
