import type { DelayOptions, Duration } from "../jobs/delay-options.ts";
import type { Message } from "../mailers/message.ts";
import {
  type Command,
  callName,
  EXIT,
  integerFlag,
  jsonArray,
  jsonObject,
  parseFlags,
  type Terminal,
  UsageError,
} from "./command.ts";
import { mailerNamed } from "./mailers.ts";
import { printable, printJson } from "./output.ts";

const FLAGS = {
  delay: { type: "boolean" },
  in: { type: "string" },
  at: { type: "string" },
  queue: { type: "string" },
  priority: { type: "string" },
  "unique-key": { type: "string" },
  params: { type: "string" },
  json: { type: "boolean" },
} as const;

type Values = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

export const sendCommand: Command = {
  name: "send",
  summary: "send one mail now, or store it for a worker",
  help: `send Mailer.action '[ARGUMENTS]' [options]

Sends now, unless an option says to store the call for a worker:
  --delay            store it, due at once
  --in TIME          store it, due after 30s, 15m, 2h, 1d
  --at DATE          store it, due at an ISO date such as 2026-01-31T09:00:00Z
  --queue NAME       store it in this queue
  --priority N       store it with this priority; lower runs first
  --unique-key KEY   store it, unless a job that waits or runs has this key

  --params '{...}'   what .with({ ... }) gives, as JSON
  --json             the delivery, or the job, as JSON

Example: delayed-mailer send UserMailer.sendRegistrationMail '["ann@example.com", "Ann"]' --in 2h`,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, FLAGS);
    const message = errorMessage(positionals, values);
    const options = delayOptions(values);
    return options ? store(message, options, values, terminal) : send(message, values, terminal);
  },
};

/** @throws UsageError | UnknownActionError */
function errorMessage([name, list, ...rest]: readonly string[], { params }: Values): Message {
  const { mailer, action } = callName(name);
  if (list === undefined || rest.length > 0)
    throw new UsageError(`Give the arguments of ${mailer}.${action} as one JSON array in quotes.`);
  return mailerNamed(mailer, action).message({
    action,
    args: jsonArray("The argument list", list),
    params: params === undefined ? {} : jsonObject("--params", params),
  });
}

/** What the flags say about storing the call, or undefined to send now. @throws UsageError */
function delayOptions(values: Values): DelayOptions | undefined {
  const { at, queue, priority, in: after, "unique-key": uniqueKey } = values;
  const given = [values.delay, at, queue, priority, after, uniqueKey].some((value) => value !== undefined);
  if (!given) return undefined;
  return {
    ...(after !== undefined && { in: after as Duration }),
    ...(at !== undefined && { at: new Date(at) }),
    ...(queue !== undefined && { queue }),
    ...(priority !== undefined && { priority: integerFlag("priority", priority) ?? 0 }),
    ...(uniqueKey !== undefined && { uniqueKey }),
  };
}

async function store(
  message: Message,
  options: DelayOptions,
  { json }: Values,
  terminal: Terminal,
): Promise<number> {
  const job = await message.deliverLater(options);
  if (json) printJson(terminal, job);
  else if (job.isNew) terminal.out.write(`Stored as job ${job.id}, due at ${job.runAt.toISOString()}.\n`);
  else terminal.out.write(`Job ${job.id} has this unique key already; nothing was stored.\n`);
  return EXIT.ok;
}

async function send(message: Message, { json }: Values, terminal: Terminal): Promise<number> {
  const delivery = await message.deliver();
  if (json) printJson(terminal, delivery);
  else if (delivery.stopped !== undefined)
    terminal.out.write(`Not sent ${delivery.messageId}: ${printable(delivery.stopped)}\n`);
  else terminal.out.write(`Sent ${delivery.messageId}: ${printable(delivery.response)}\n`);
  return EXIT.ok;
}
