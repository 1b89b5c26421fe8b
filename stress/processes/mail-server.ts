import { Ledger } from "../ledger.ts";
import { MailServer } from "../mail/mail-server.ts";
import { temperOf } from "../mail/temper.ts";
import { rowKindOf } from "../newsletters/issue.ts";
import { Random } from "../random.ts";

/** Takes mails, writes each down before it says so, and treats its clients worse or better each time it is started. */
const { STRESS_LEDGER = "", STRESS_NAME = "", STRESS_SEED } = process.env;
process.on("disconnect", () => process.exit(3));
const ledger = new Ledger(STRESS_LEDGER, STRESS_NAME);
const random = new Random(Number(STRESS_SEED), STRESS_NAME);
const temper = temperOf(random);
const server = new MailServer({
  port: Number(process.argv[2]),
  temper,
  random,
  onTaken: ({ recipient, messageId, subject, client, isDropped }) => {
    if (rowKindOf(recipient) === undefined) ledger.write({ what: "mail", call: subject });
    else ledger.write({ what: "taken", recipient, messageId, client, ...(isDropped && { dropped: true }) });
  },
});

process.on("message", (message) => {
  if (message === "calm down") server.calmDown();
  if (message !== "hang up") return;
  ledger.write({ what: "hung up" });
  server.hangUp();
});
process.on("SIGTERM", () => process.exit(0));
await server.listen();
ledger.write({ what: "serving", ...temper });
process.send?.("ready");
