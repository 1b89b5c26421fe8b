import { byHand } from "../sending/by-hand.ts";
import { newsletter, registrations, singles } from "../sending/ours.ts";
import type { OpenSender, SenderContext } from "../sending/sender.ts";
import { answerLines } from "../support/lines.ts";
import { Meter } from "../support/meter.ts";

/** One way to send mails, in a process of its own. */
const SENDERS: Readonly<Record<string, OpenSender>> = {
  newsletter,
  singles,
  registrations,
  "by hand": byHand,
};

const { name, context } = JSON.parse(process.argv[2] ?? "{}") as { name: string; context: SenderContext };
const open = SENDERS[name];
if (open === undefined) throw new Error(`There is no sender "${name}".`);
const sender = await open(context);

answerLines(async ({ do: step, mails }) => {
  const count = Number(mails);
  const meter = new Meter();
  if (step === "wireBytes") return sender.wireBytes();
  if (step === "prepare") await sender.prepare(count);
  else if (step === "send") await sender.send(count);
  else if (step === "serve") await sender.serve?.();
  else await sender.close();
  return meter.read(count);
});
