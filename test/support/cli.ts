import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, vi } from "vitest";
import { main } from "../../src/cli/main.ts";

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs command lines in this process, on an SQLite file and an inbox folder of each test's own, without mailers from files. */
export function useCli(): {
  readonly cli: (...args: readonly string[]) => Promise<Answer>;
  readonly folder: () => string;
} {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "delayed-mailer-cli-"));
    mkdirSync(join(folder, "mailers"));
    mkdirSync(join(folder, "templates"));
    vi.stubEnv("DELAYED_MAILER_SQLITE", join(folder, "store.sqlite"));
    vi.stubEnv("DELAYED_MAILER_INBOX", join(folder, "inbox"));
    vi.stubEnv("DELAYED_MAILER_TEMPLATES", join(folder, "templates"));
    vi.stubEnv("MAIL_FROM", "Sender <sender@x.test>");
    for (const name of ["MONGODB_URI", "SMTP_URL"]) vi.stubEnv(name, "");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });
  const cli = (...args: readonly string[]) =>
    collected((terminal) => main([...args, "--mailers", join(folder, "mailers")], terminal));
  return { cli, folder: () => folder };
}

/** What a command line answers and prints. */
export async function collected(
  run: (terminal: { readonly out: PassThrough; readonly err: PassThrough }) => Promise<number>,
): Promise<Answer> {
  const [out, err] = [new PassThrough(), new PassThrough()];
  const code = await run({ out, err });
  return { code, out: String(out.read() ?? ""), err: String(err.read() ?? "") };
}
