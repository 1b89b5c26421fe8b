import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { openApp } from "../../src/app/current-app.ts";
import { configure, deliverAllLater, Mailer, mailer } from "../../src/index.ts";
import { compose } from "../../src/mime/compose.ts";
import { recipient, templateOf, textTemplateOf } from "../rendering/mails.ts";
import { sharedClock } from "../support/clock.ts";
import { FROM, type OpenSender, type SenderContext, SUBJECT } from "./sender.ts";

const row = z.object({ email: z.email(), name: z.string().min(1).max(80), id: z.int() });
type Row = z.infer<typeof row>;

class BenchActions extends Mailer {
  weekly({ email, name, id }: Row) {
    return this.mail({ to: email, from: FROM, subject: SUBJECT, locals: { id, name } });
  }
}

const BenchMailer = mailer(BenchActions, { name: "BenchMailer", args: { weekly: z.tuple([row]) } });

/** How many jobs are stored in one write. */
const BULK = 1_000;

function rowOf(index: number): Row {
  const { id, name } = recipient(index);
  return { email: `person${index}@example.com`, id, name };
}

function* rows(count: number): Generator<Row> {
  for (let index = 0; index < count; index++) yield rowOf(index);
}

function open({ port, connections, kilobytes, folder, dkim }: SenderContext): void {
  const templates = join(folder, "templates");
  mkdirSync(join(templates, "bench-mailer"), { recursive: true });
  writeFileSync(join(templates, "bench-mailer/weekly.html.hbs"), templateOf("once", kilobytes));
  writeFileSync(join(templates, "bench-mailer/weekly.text.hbs"), textTemplateOf(kilobytes));
  configure({
    sqlite: join(folder, "store.sqlite"),
    smtpUrl: `smtp://127.0.0.1:${port}?connections=${connections}`,
    templates,
    ...(dkim && { dkimDomain: "news.example", dkimSelector: "bench", dkimPrivateKey: privateKey() }),
  });
}

export function privateKey(): string {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

async function workOff(): Promise<void> {
  const app = await openApp();
  await app.worker({ exitOnComplete: true }).run();
}

async function wireBytes(): Promise<number> {
  const { mail } = await (await openApp()).pipeline.preview(BenchMailer.weekly(rowOf(1_000)));
  return (await compose(mail)).length;
}

/** Starts a worker that does not end. */
async function serve(): Promise<void> {
  const app = await openApp();
  void app.worker({}).run();
}

/** A newsletter: planned into the store, sent by a worker, every outcome recorded. */
export const newsletter: OpenSender = async (context) => {
  open(context);
  return {
    prepare: async (mails) => {
      await BenchMailer.broadcast(rows(mails)).weekly();
    },
    send: workOff,
    serve,
    wireBytes,
    close: async () => (await openApp()).close(),
  };
};

/** Delayed single mails, each a job of its own. */
export const singles: OpenSender = async (context) => {
  open(context);
  return {
    prepare: async (mails) => {
      for (let from = 0; from < mails; from += BULK) {
        const count = Math.min(BULK, mails - from);
        await deliverAllLater(Array.from({ length: count }, (_, at) => BenchMailer.weekly(rowOf(from + at))));
      }
    },
    send: workOff,
    wireBytes,
    close: async () => (await openApp()).close(),
  };
};

/** Stores a mail every 50 ms and leaves sending it to others; its address says when that was. */
export const registrations: OpenSender = async (context) => {
  open(context);
  return {
    prepare: async () => undefined,
    send: async (mails) => {
      for (let index = 0; index < mails; index++) {
        const email = `registration-${Math.round(sharedClock() * 1_000)}@example.com`;
        await BenchMailer.delay().weekly({ ...rowOf(index), email });
        await sleep(50);
      }
      // The last ones are sent meanwhile.
      await sleep(1_000);
    },
    wireBytes,
    close: async () => (await openApp()).close(),
  };
};
