import { type ParseArgsConfig, parseArgs } from "node:util";
import { errorMessage } from "../errors/error-message.ts";
import { DelayedMailError } from "../errors/errors.ts";
import { nearestName } from "../errors/nearest-name.ts";

/** Exit codes that scripts can rely on. */
export const EXIT = {
  ok: 0,
  /** What was asked for did not work, or only in part. */
  failed: 1,
  /** The command line or the configuration is not usable; nothing was done. */
  usage: 2,
} as const;

/** Where a command writes, and what it asks; tests give their own. */
export interface Terminal {
  /** Absent where nobody can be asked. */
  readonly in?: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

type Needed = "all" | "some" | "none";

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Everything after `Usage: delayed-mailer `. */
  readonly help: string;
  /** Help that does not fit the same screen, by the word that asks for it beside --help. @default none */
  readonly topics?: Readonly<Record<string, string>>;
  /** Whether the files of previews are loaded before it runs. @default false */
  readonly previews?: boolean;
  /**
   * Which mailers it cannot do without: all of them; those that can be loaded, because they may call `configure()`; or none, where it is
   * there before an application is. @default "all"
   */
  readonly mailers?: Needed | ((args: readonly string[]) => Needed);
  /** Whether it stops in peace when nobody reads its output any more, instead of ending at once. @default false */
  readonly stopsItself?: boolean;
  /**
   * @param unloaded files of mailers or previews that could not be loaded
   * @returns the exit code
   */
  run(args: readonly string[], terminal: Terminal, unloaded?: readonly UnloadedFile[]): Promise<number>;
}

/** A file of mailers or previews that cannot be imported. */
export interface UnloadedFile {
  readonly file: string;
  readonly problem: string;
}

/** The command line cannot be understood. */
export class UsageError extends DelayedMailError {
  readonly code = "USAGE";
}

/** What a command line names is not there. */
export class NotFoundError extends DelayedMailError {
  readonly code = "NOT_FOUND";
}

export type Flags = NonNullable<ParseArgsConfig["options"]>;

type ParsedFlags<F extends Flags> = ReturnType<
  typeof parseArgs<{ args: string[]; options: F; allowPositionals: true; strict: true }>
>;

/**
 * Parses flags strictly.
 * @throws UsageError for what is unknown, repeated where it may not be, or lacks its value
 */
export function parseFlags<F extends Flags>(args: readonly string[], options: F): ParsedFlags<F> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(flagProblem(errorMessage(error), Object.keys(options)), { cause: error });
  }
}

/** What parseArgs says is about the positional arguments of its own API; this is about the flag. */
function flagProblem(said: string, known: readonly string[]): string {
  const [, unknown] = /^Unknown option '(-[^']*)'/.exec(said) ?? [];
  if (unknown !== undefined) {
    const meant = nearestName(unknown.replace(/^-+/, ""), known);
    const hint = meant === undefined ? "" : ` Did you mean --${meant}?`;
    return `There is no option ${unknown} here.${hint} --help after the command lists its options.`;
  }
  const [, lacking] = /^Option '(?:-\w, )?(--[\w-]+) <value>' argument missing/.exec(said) ?? [];
  if (lacking !== undefined)
    return `${lacking} needs a value after it; --help after the command shows which.`;
  return said;
}

/** @throws UsageError */
export function integerFlag(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^[+-]?\d+$/.test(value.trim()) && Number.isSafeInteger(number)) return number;
  throw new UsageError(`--${flag} takes a whole number, not "${value}".`);
}

/** Parses a JSON array of arguments. @throws UsageError */
export function jsonArray(what: string, text: string): readonly unknown[] {
  const value = parseJson(what, text);
  if (Array.isArray(value)) return value;
  throw new UsageError(`${what} must be a JSON array, such as '["ann@example.com", "Ann"]'.`);
}

/** @throws UsageError */
export function jsonObject(what: string, text: string): Readonly<Record<string, unknown>> {
  const value = parseJson(what, text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`${what} must be a JSON object, such as '{"locale": "de"}'.`);
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `${what} is not JSON: ${error instanceof Error ? error.message : ""}. Put it in single quotes, and names and texts in it in double ones.`,
      {
        cause: error,
      },
    );
  }
}

/** Splits `Mailer.action`. @throws UsageError */
export function callName(text: string | undefined): { readonly mailer: string; readonly action: string } {
  const [, mailer, action] = /^([^.\s]+)\.([^.\s]+)$/.exec(text ?? "") ?? [];
  if (mailer && action) return { mailer, action };
  throw new UsageError(
    `Name the mail as Mailer.action, such as UserMailer.sendRegistrationMail${text ? `, not "${text}"` : ""}.`,
  );
}
