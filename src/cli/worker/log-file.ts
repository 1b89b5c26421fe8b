import { appendFile, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { errorMessage } from "../../errors/error-message.ts";
import { ConfigurationError } from "../../errors/errors.ts";
import { counted } from "../output.ts";

/**
 * A file that all processes append their log lines to. Only its owner can read it: errors of actions may say anything. Lines that the disk
 * does not take are lost, which is told once, and told again with their number when it takes them: a full disk must not end a worker.
 * @param tell writes a line where people see it all the same
 * @throws ConfigurationError when the file cannot be opened
 */
export function openLogFile(folder: string, tell: (line: string) => void): Writable {
  const path = join(folder, "delayed-mailer.log");
  const file = openForAppending(folder, path);
  let lost = 0;
  return new Writable({
    decodeStrings: true,
    write(lines: Buffer, _encoding, done) {
      appendFile(file, lines, (error) => {
        if (error && lost === 0)
          tell(`The log file ${path} cannot be written: ${error.message}. Work goes on.`);
        if (!error && lost > 0)
          tell(`The log file ${path} is written again; ${counted(lost, "line is", "lines are")} lost.`);
        lost = error ? lost + 1 : 0;
        done();
      });
    },
  });
}

function openForAppending(folder: string, path: string): number {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw new ConfigurationError([`--log-dir: the log file cannot be opened: ${errorMessage(error)}`], {
      cause: error,
    });
  }
}
