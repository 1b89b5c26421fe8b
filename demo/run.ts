// The README's first command: a mail server, three registration mails, a newsletter to 2,000 people, and a worker process.

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { NewsMailer } from "../mailers/news-mailer.ts";
import { UserMailer } from "../mailers/user-mailer.ts";
import { openAudienceFile } from "../src/cli/newsletter/audience/audience-rows.ts";
import { counted } from "../src/cli/output.ts";
import { startProgress } from "../src/cli/progress.ts";
import { errorMessage } from "../src/errors/error-message.ts";
import { close, configure, Job, type Newsletter, openApp } from "../src/index.ts";
import { startDemoSmtpServer } from "./smtp-server.ts";
import { startDemoWorker } from "./worker.ts";

const HOME = ".delayed-mailer/demo";
const INBOX = join(HOME, "inbox");
const LOG = join(HOME, "worker.log");
const TIMEOUT_MS = 5 * 60_000;
const say = (line: string) => process.stdout.write(`${line}\n`);

mkdirSync(HOME, { recursive: true });
for (const file of readdirSync(HOME)) if (file.startsWith("store.sqlite")) rmSync(join(HOME, file));

const smtp = await startDemoSmtpServer(INBOX);
process.env.SMTP_URL = smtp.url;
process.env.MAIL_FROM = "Delayed Mailer <hello@mailer.example>";
process.env.DELAYED_MAILER_SQLITE ??= join(HOME, "store.sqlite");
configure({});
const app = await openApp().catch(fail);
say(`Store: ${app.stores.description}`);
say(`Mail server: ${smtp.url}, keeping what it takes in ${INBOX}`);

for (const name of ["Ada Lovelace", "Zoë O'Brien", "שרה כהן"])
  await UserMailer.delay().sendRegistrationMail(`${name.split(" ")[0]?.length}.new@example.com`, name);
say("Stored 3 registration mails.");

const bad: string[] = [];
const newsletter = await NewsMailer.broadcast(subscribers(), {
  key: `demo-${Date.now()}`,
  chunkSize: 100,
}).weekly(42);
say(`Planned newsletter ${newsletter.key}.`);

const worker = startDemoWorker({ script: "workers/mail-worker.ts", log: LOG });
say(`Started a worker, process ${worker.pid}.`);
await Promise.race([showProgress(newsletter), worker.ended]).catch(async (error: unknown) => {
  await worker.stop();
  fail(error);
});
await worker.stop();
await summary(newsletter);
if (process.argv.includes("--stay")) await stay();
await close();
await smtp.close();

/** Keeps the dashboard up, over what the demo has stored, until a signal. */
async function stay(): Promise<void> {
  const { serveDashboard } = await import("../src/web/dashboard/serve-dashboard.ts");
  const pages = await serveDashboard({ redact: false }, { port: 0 });
  say(`Look at all of it:      ${pages.url} (until Ctrl+C)`);
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  await pages.close();
}

/** Says why, and ends with exit code 1. */
function fail(error: unknown): never {
  process.stderr.write(`The demo failed. ${errorMessage(error)}\n`);
  process.exit(1);
}

/** The rows of the file, as the mailer takes them; those that cannot be read are told at the end. */
async function* subscribers(): AsyncGenerator<{ email: string; name: string }> {
  const { rows } = await openAudienceFile("demo/subscribers.csv");
  for await (const row of rows) {
    if ("problem" in row) bad.push(`line ${row.line}: ${row.problem}`);
    else yield { email: String(row.recipient.email ?? ""), name: String(row.recipient.name ?? "") };
  }
}

/** Shows how far the newsletter is until all of it, and every registration mail, is done. @throws Error when that takes too long */
async function showProgress(broadcast: Newsletter): Promise<void> {
  const terminal = { out: process.stdout, err: process.stdout };
  const bar = startProgress(terminal, "newsletter");
  const end = Date.now() + TIMEOUT_MS;
  try {
    for (;;) {
      const { state, recipients, pending, deferred } = await broadcast.progress();
      bar.update(recipients - pending - deferred, recipients);
      if (state === "finished" && (await Job.all().count()) === 0) return;
      if (Date.now() > end)
        throw new Error(
          `Not everything was sent after ${TIMEOUT_MS / 60_000} minutes. The worker's log: ${LOG}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } finally {
    bar.end();
  }
}

async function summary(broadcast: Newsletter): Promise<void> {
  const { sent, rejected, failed, recipients, duplicates, refused } = await broadcast.progress();
  say("");
  say(
    `Newsletter: ${sent} of ${recipients} sent, ${rejected} refused by the mail server, ${failed} given up.`,
  );
  say(
    `Left out before sending: ${counted(duplicates, "duplicate", "duplicates")}, ${counted(refused, "row that does not fit", "rows that do not fit")}, ${counted(bad.length, "row", "rows")} that cannot be read.`,
  );
  for (const problem of bad) say(`  demo/subscribers.csv ${problem}`);
  for await (const { recipient, outcome, response } of broadcast.failures())
    say(`  ${recipient}: ${outcome}, ${response}`);
  say(`Jobs left: ${await Job.all().count()}, of which failed: ${await Job.failed().count()}.`);
  say("");
  say(`Look at the mails:      ${INBOX}/*.eml (${counted(readdirSync(INBOX).length, "file", "files")})`);
  say(`Look at the worker log: ${LOG}`);
  if (!process.argv.includes("--stay"))
    say("Look at all of it:      npm run demo -- --stay, which ends by naming a page in the browser");
  say("Next: open mailers/user-mailer.ts and templates/, then read the README.");
}
