import { z } from "zod";
import { InvalidOptionsError } from "../../errors/errors.ts";

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
  /**
   * `required` refuses to send without TLS; `opportunistic` uses STARTTLS where offered; `never` does not. Defaults to `required` where
   * there is a password, which must not be sent in the clear, and the host is not this machine; else to `opportunistic`.
   */
  readonly starttls: "required" | "opportunistic" | "never";
  /** Whether the server's certificate must be valid. @default true */
  readonly rejectUnauthorized: boolean;
  /** The name given with EHLO. Defaults to this machine's. */
  readonly name?: string;
}

const query = z.strictObject({
  connections: z.coerce.number().int().min(1).max(1_000).default(5),
  starttls: z.enum(["required", "opportunistic", "never"]).optional(),
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
    throw unusable("it must look like smtp://user:password@host:587 or smtps://host");
  // A password with one of these is cut off there, and its rest would be taken for something else.
  if (!["", "/"].includes(url.pathname) || url.hash !== "" || url.search.includes("@"))
    throw unusable("it has a path; write / ? # and @ in a user or password as %2F %3F %23 and %40");
  const { name, starttls, ...options } = queryOf(url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isSecret = url.password !== "" && !isThisMachine(host);
  return {
    host,
    port: url.port === "" ? port : Number(url.port),
    secure: url.protocol === "smtps:",
    ...credentials(url),
    ...options,
    starttls: starttls ?? (isSecret ? "required" : "opportunistic"),
    ...(name !== undefined && { name }),
  };
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function unusable(problem: string, options?: ErrorOptions): InvalidOptionsError {
  return new InvalidOptionsError("the mail server's URL", [problem], options);
}

function queryOf({ searchParams }: URL): z.output<typeof query> {
  const twice = [...searchParams.keys()].find((key) => searchParams.getAll(key).length > 1);
  if (twice !== undefined) throw unusable(`${twice} is given more than once: keep one`);
  const result = query.safeParse(Object.fromEntries(searchParams));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`.trim());
  throw new InvalidOptionsError("the mail server's URL", problems);
}

function credentials({ username, password }: URL): { user?: string; password?: string } {
  if (username === "" && password !== "")
    throw unusable("it has a password and no user: write user:password@");
  if (username === "") return {};
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch (error) {
    throw unusable("its user or password is not percent-encoded: write % as %25", { cause: error });
  }
}
