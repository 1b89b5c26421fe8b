import { UnknownActionError } from "../errors/errors.ts";
import { callName, PERFORM, parseCallName, registry } from "../jobs/handler.ts";
import { encode } from "../jobs/stored-value.ts";
import type { JobCall } from "../plain-jobs/job-call.ts";
import { isPlainJob } from "../plain-jobs/job-handler.ts";
import { type Command, EXIT, jsonArray, parseFlags, UsageError } from "./command.ts";
import { DELAY_FLAGS, DELAY_HELP, delayOptions, printStored } from "./delay-flags.ts";
import { printJson } from "./output.ts";

export const performCommand: Command = {
  name: "perform",
  summary: "perform one job now, or store it for a worker",
  help: `perform NAME '[ARGUMENTS]' [options]

Performs a job of job() in this process, with its hooks and one attempt, unless
an option says to store the call for a worker:
${DELAY_HELP}

  --json             what the job gave back, or the stored job, as JSON

Example: delayed-mailer perform ResizeImage '["cat.png", 640]' --priority 5`,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, DELAY_FLAGS);
    const call = callOf(positionals);
    const options = delayOptions(values);
    if (options) return printStored(await call.performLater(options), values, terminal);
    const result = await call.performNow();
    if (values.json) printJson(terminal, result === undefined ? null : encode(result, "the result"));
    else terminal.out.write(`Performed ${callName(call.handler, call.action)}.\n`);
    return EXIT.ok;
  },
};

/** @throws UsageError | UnknownActionError, and what a class's constructor throws */
function callOf([name, list = "[]", ...rest]: readonly string[]): JobCall {
  if (name === undefined || rest.length > 0)
    throw new UsageError(
      "Name a job, and give its arguments as one JSON array in quotes, such as ResizeImage '[7]'.",
    );
  const handler = registry.get(name);
  if (handler && isPlainJob(handler)) return handler.call(jsonArray("The argument list", list));
  const { action = PERFORM } = parseCallName(name);
  throw new UnknownActionError(
    name,
    action,
    registry
      .all()
      .filter(isPlainJob)
      .map((job) => job.name)
      .sort(),
  );
}
