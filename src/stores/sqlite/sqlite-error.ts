import { StoreError } from "../../errors/errors.ts";

/** SQLite's primary result codes, in the order of their numbers. */
const CODES =
  "OK ERROR INTERNAL PERM ABORT BUSY LOCKED NOMEM READONLY INTERRUPT IOERR CORRUPT NOTFOUND FULL CANTOPEN PROTOCOL EMPTY SCHEMA TOOBIG CONSTRAINT MISMATCH MISUSE NOLFS AUTH FORMAT RANGE NOTADB".split(
    " ",
  );

/**
 * Runs a statement or transaction, turning what SQLite throws into our own error.
 * @throws StoreError
 */
export function storeErrors<T>(run: () => T, what?: string): T {
  try {
    return run();
  } catch (error) {
    throw storeError(error, what);
  }
}

/** Turns an error of SQLite or of the file system into our own. Any other error stays as it is. */
export function storeError(error: unknown, what = "The SQLite store cannot be used"): unknown {
  const code = codeOf(error);
  if (code === undefined || !(error instanceof Error)) return error;
  return new StoreError(`${what}: ${withoutCode(error.message, code)} (${code})${advice(code)}.`, {
    cause: error,
  });
}

/** Whether another process holds the file just now. */
export function isBusy(error: unknown): boolean {
  return codeOf(error)?.startsWith("SQLITE_BUSY") ?? false;
}

/** `SQLITE_BUSY`, `EACCES`: better-sqlite3 names SQLite's codes, `node:sqlite` gives their numbers, whose low byte is the primary code. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error && "code" in error)) return undefined;
  if (error.code === "ERR_SQLITE_ERROR" && "errcode" in error)
    return `SQLITE_${CODES[Number(error.errcode) & 0xff] ?? "ERROR"}`;
  return typeof error.code === "string" && /^(SQLITE|E[A-Z]+$)/.test(error.code) ? error.code : undefined;
}

/** Errors of the file system begin with their code. */
function withoutCode(message: string, code: string): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}

function advice(code: string): string {
  if (code.startsWith("SQLITE_BUSY")) return "; another process holds the file for long, try again";
  if (code.startsWith("SQLITE_FULL") || code === "ENOSPC" || code === "EDQUOT")
    return "; the disk is full, make room and try again";
  if (code === "EISDIR") return "; it is a folder, name a file in it";
  if (code.startsWith("SQLITE_CANTOPEN") || /^E(ACCES|PERM|ROFS|NOTDIR|NOENT|EXIST)$/.test(code))
    return "; check the path and its permissions";
  if (code.startsWith("SQLITE_NOTADB") || code.startsWith("SQLITE_CORRUPT"))
    return "; it is no SQLite file or is damaged, name another one or restore it from a copy";
  return "";
}
