import { erase } from "../app/current-app.ts";
import { EraseIncompleteError } from "../errors/errors.ts";
import type { Erased } from "../privacy/erase.ts";
import { type Command, EXIT, parseFlags, UsageError } from "./command.ts";
import { isAgreed } from "./confirm.ts";
import { counted, printJson } from "./output.ts";

export const eraseCommand: Command = {
  name: "erase",
  summary: "remove what is kept of an address",
  help: `erase ADDRESS [--yes] [--json]

Removes or blanks what the store and the inbox folder keep of one address, for
somebody who asks to be forgotten: jobs that say it, its rows in newsletters,
servers' answers about it. It asks first; where there is nobody to ask, it
needs --yes. Remove the address from your own records before.

Exit code 1 when jobs that cannot be read here may still say it.

  --yes    do not ask
  --json   tell what was done as JSON

Example: delayed-mailer erase ann@example.com --yes`,
  mailers: "some",
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, { yes: { type: "boolean" }, json: { type: "boolean" } });
    const [address, ...rest] = positionals;
    if (!address || rest.length > 0)
      throw new UsageError("erase takes one address, such as delayed-mailer erase ann@example.com.");
    const question = "Remove for good all that is kept of this address?";
    if (!(await isAgreed({ command: "erase", question, yes: values.yes }, terminal))) return EXIT.failed;
    const tell = (erased: Erased) => {
      if (values.json) printJson(terminal, erased);
      else for (const line of linesOf(erased)) terminal.out.write(`${line}\n`);
    };
    try {
      tell(await erase(address));
      return EXIT.ok;
    } catch (error) {
      // What was done is told all the same; then the error, as that of any command.
      if (error instanceof EraseIncompleteError) tell(error.erased as Erased);
      throw error;
    }
  },
};

function linesOf({ jobs, newsletters, batches, files }: Erased): readonly string[] {
  const { recipients, answers, refusals } = newsletters;
  return [
    `jobs: ${jobs.removed} removed, ${jobs.cancelled} cancelled while they ran, ${jobs.blanked} blanked`,
    `newsletters: ${counted(recipients, "recipient", "recipients")}, ${counted(answers, "answer", "answers")} and ${counted(refusals, "refused row", "refused rows")} blanked`,
    `batches: ${counted(batches, "key", "keys")} blanked`,
    `inbox folder: ${counted(files, "file", "files")} removed`,
  ];
}
