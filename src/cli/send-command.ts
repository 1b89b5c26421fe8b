import type { Message } from "../mailers/message.ts";
import {
  type Command,
  callName,
  EXIT,
  jsonArray,
  jsonObject,
  parseFlags,
  type Terminal,
  UsageError,
} from "./command.ts";
import { DELAY_FLAGS, DELAY_HELP, delayOptions, printStored } from "./delay-flags.ts";
import { mailerNamed } from "./mailers.ts";
import { printable, printJson } from "./output.ts";

const FLAGS = {
  ...DELAY_FLAGS,
  params: { type: "string" },
} as const;

type Values = ReturnType<typeof parseFlags<typeof FLAGS>>["values"];

export const sendCommand: Command = {
  name: "send",
  summary: "send one mail now, or store it for a worker",
  help: `send Mailer.action '[ARGUMENTS]' [options]

Sends now, unless an option says to store the call for a worker:
${DELAY_HELP}

  --params '{...}'   what .with({ ... }) gives, as JSON
  --json             the delivery, or the job, as JSON

Example: delayed-mailer send UserMailer.welcome '["ann@example.com"]' --in 2h`,
  async run(args, terminal) {
    const { values, positionals } = parseFlags(args, FLAGS);
    const message = errorMessage(positionals, values);
    const options = delayOptions(values);
    return options
      ? printStored(await message.deliverLater(options), values, terminal)
      : send(message, values, terminal);
  },
};

/** @throws UsageError | UnknownActionError */
function errorMessage([name, list, ...rest]: readonly string[], { params }: Values): Message {
  const { mailer, action } = callName(name);
  if (list === undefined || rest.length > 0)
    throw new UsageError(
      `Give the arguments of ${mailer}.${action} as one JSON array in quotes, such as '["ann@example.com"]'.`,
    );
  return mailerNamed(mailer, action).message({
    action,
    args: jsonArray("The argument list", list),
    params: params === undefined ? {} : jsonObject("--params", params),
  });
}

async function send(message: Message, { json }: Values, terminal: Terminal): Promise<number> {
  const delivery = await message.deliver();
  if (json) printJson(terminal, delivery);
  else if (delivery.stopped !== undefined)
    terminal.out.write(`Not sent ${delivery.messageId}: ${printable(delivery.stopped)}\n`);
  else terminal.out.write(`Sent ${delivery.messageId}: ${printable(delivery.response)}\n`);
  return EXIT.ok;
}
