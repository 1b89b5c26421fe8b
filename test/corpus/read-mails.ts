import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface PythonMail {
  readonly path: string;
  readonly defects: readonly string[];
  readonly types: readonly string[];
  /** By their names in lower case, decoded. */
  readonly headers: Readonly<Record<string, string>>;
  readonly boxes: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Name and id, where the mail says of which list it is. */
  readonly list: readonly [string, string] | null;
  readonly parts: readonly PythonPart[];
}

export interface PythonPart {
  readonly type: string;
  readonly filename: string | null;
  readonly disposition: string | null;
  readonly cid: string | null;
  readonly content: string;
}

/** Reads .eml files with Python's email package under its strictest policy, all in one process. */
export async function readWithPython(paths: readonly string[]): Promise<readonly PythonMail[]> {
  const python = spawn("python3", [`${import.meta.dirname}/read_mails.py`], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PYTHONIOENCODING: "utf-8" },
  });
  python.stdin.end(paths.map((path) => `${path}\n`).join(""));
  const lines = (await text(python.stdout)).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as PythonMail);
}
