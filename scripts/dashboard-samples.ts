import { NO_COUNTS, type WorkerReport } from "../src/activity/activity-store.ts";
import type { App } from "../src/app/app.ts";
import { StopMail } from "../src/errors/errors.ts";
import { delayAll, Mailer, mailer, schedule } from "../src/index.ts";
import type { MemoryTransport } from "../src/transports/memory-transport.ts";
import { VERSION } from "../src/version.ts";

class UserActions extends Mailer {
  welcome(email: string, name: string) {
    return this.mail({ to: email, subject: `Welcome, ${name}`, text: `Dear ${name}, welcome.` });
  }
}
class NewsActions extends Mailer {
  weekly({ email }: { email: string }, issue: number) {
    if (email.startsWith("left")) throw new StopMail("unsubscribed");
    return this.mail({ to: email, subject: `Harbour Weekly ${issue}`, text: "The ferry runs again." });
  }
}
const UserMailer = mailer(UserActions, { name: "UserMailer" });
const NewsMailer = mailer(NewsActions, { name: "NewsMailer" });

/** What is looked at by its id. */
export interface SamplePages {
  readonly failed: string;
  readonly news: string;
  readonly rehearsal: string;
  readonly running: string;
}

/** What a shop of some size might have in its store on a Monday morning. */
export async function fillStore(app: App, transport: MemoryTransport): Promise<SamplePages> {
  schedule("weekly-digest", "0 9 * * MON", { timeZone: "Europe/Berlin" }, () => undefined);
  schedule("nightly-report", "0 3 * * *", () => undefined);
  for (const name of ["weekly-digest", "nightly-report"])
    await app.stores.schedules.begin(name, new Date(Date.now() - 9 * 3_600_000));
  await addActivity(app);
  const rehearsal = await rehearse();
  const news = await sendNews(app, transport);
  const failed = await failSome(app);
  await delayAll(
    Array.from({ length: 148 }, (_, index) => UserMailer.welcome(`person${index}@example.com`, "Ann")),
    { queue: "mail" },
  );
  await delayAll([UserMailer.welcome("later@example.com", "Bo")], { queue: "reports", in: "2h" });
  const running = await app.store.claim({
    ...{ workerId: "mail-2:5210", token: "running", limit: 4, leaseMs: 60_000, queues: ["mail"] },
  });
  await limitSome(app);
  await app.store.pauseQueue("reports");
  return { failed, news, rehearsal, running: running[0]?.id ?? "" };
}

/** Quieter at night, and with a bad hour. */
async function addActivity({ stores: { activity } }: App): Promise<void> {
  const now = Date.now();
  for (let slot = 0; slot < 288; slot++) {
    const share = 0.55 + 0.45 * Math.sin(((slot - 40) / 288) * 2 * Math.PI);
    const done = Math.round(180 * share + 25 * Math.sin(slot * 1.7) ** 2);
    const failed = slot > 96 && slot < 108 ? Math.round(done / 6) : slot % 41 === 0 ? 2 : 0;
    const of = (part: number, wait: number) => {
      const [good, bad] = [Math.round(done * part), Math.round(failed * part)];
      return {
        ...NO_COUNTS,
        done: good,
        failed: bad,
        sent: good,
        begun: good + bad,
        waitMs: good * wait,
        retried: bad,
      };
    };
    await activity.add(new Date(now - slot * 300_000), [
      { subject: "all", name: "", counts: of(1, 180) },
      { subject: "queue", name: "mail", counts: of(0.7, 90) },
      { subject: "queue", name: "newsletters", counts: of(0.25, 420) },
      { subject: "queue", name: "reports", counts: of(0.05, 1_900) },
      { subject: "mail", name: "UserMailer.welcome", counts: of(0.45, 90) },
      { subject: "mail", name: "OrderMailer.sendReceipt", counts: of(0.25, 90) },
      { subject: "mail", name: "NewsMailer.weekly", counts: of(0.3, 420) },
    ]);
  }
}

async function rehearse(): Promise<string> {
  const readers = Array.from({ length: 2_396 }, (_, index) => ({ email: readerAt(index) }));
  const others = ["left1@example.com", "left2@example.com", "no address", "nobody@"].map((email) => ({
    email,
  }));
  const options = { key: "harbour-weekly-42", chunkSize: 200, rehearse: true };
  await NewsMailer.broadcast([...readers, ...others], options).weekly(42);
  return (await NewsMailer.broadcast([...readers.slice(4), ...others], options).weekly(42)).id;
}

/** Customers whose imports wait for each other. */
async function limitSome({ store }: App): Promise<void> {
  const customers = [
    ["customer-1187", 1, 41],
    ["customer-2040", 2, 3],
    ["sms-gateway", 0, 212],
  ] as const;
  for (const [key, concurrency, count] of customers) {
    const limit = concurrency > 0 ? { key, concurrency } : { key, rate: "30/1m" };
    const calls = Array.from({ length: count }, (_, index) =>
      UserMailer.welcome(`c${index}@example.com`, "Di"),
    );
    const [job] = await delayAll(calls, { queue: "imports", limit });
    await store.putBehind([], job?.record.limit ? [job.record.limit] : []);
  }
}

const PROVIDERS = ["gmail.com", "outlook.com", "gmx.de", "example.com"];
const readerAt = (index: number) => `reader${index}@${PROVIDERS[index % PROVIDERS.length]}`;

async function sendNews(app: App, transport: MemoryTransport): Promise<string> {
  const refused = { class: "rejected", code: 550, response: "550 5.1.1 no such user" } as const;
  const full = { class: "rejected", code: 552, response: "552 5.2.2 mailbox full" } as const;
  const audience = Array.from({ length: 2_400 }, (_, index) => ({ email: readerAt(index) }));
  const newsletter = await NewsMailer.broadcast([...audience, { email: "reader7@example.com" }], {
    ...{ key: "harbour-weekly-42", chunkSize: 200 },
  }).weekly(42);
  for (let index = 0; index < 1_500; index++)
    transport.script.push(index % 97 === 96 ? refused : index % 260 === 259 ? full : {});
  await app.worker({ exitOnComplete: true, queues: ["newsletters"] }).run();
  return newsletter.id;
}

/** @returns the id of one that failed twice */
async function failSome({ store }: App): Promise<string> {
  const errors = [
    "InvalidMailError: UserMailer.welcome: to: 4 problems\n    at check (mailers/user-mailer.ts:31:9)",
    "SmtpError: 550 5.7.1 the message was refused\n    at send (mailers/user-mailer.ts:12:5)",
    "TypeError: Cannot read properties of undefined (reading 'total')\n    at sendReceipt (mailers/order-mailer.ts:18:22)\n    at perform (mailers/order-mailer.ts:44:3)",
  ];
  const jobs = await delayAll(
    errors.map((_, index) => UserMailer.welcome(`gone${index}@example.com`, "Cy")),
    { queue: "mail", maxAttempts: 2 },
  );
  for (let attempt = 1; attempt <= 2; attempt++) {
    const token = `failing-${attempt}`;
    const claim = { workerId: "mail-1:5120", token, limit: 10, leaseMs: 60_000, queues: ["mail"] };
    const claimed = await store.claim(claim);
    const ended = claimed.map(({ id }, index) => {
      const error =
        attempt === 1
          ? "SmtpError: 451 4.7.1 try again later\n    at send (mailers/user-mailer.ts:12:5)"
          : (errors[index] ?? "");
      const ending = { id, token, error, attempt };
      return attempt === 1
        ? ({ ...ending, kind: "retry", runAt: new Date(Date.now() - 1_000), counted: true } as const)
        : ({ ...ending, kind: "fail", reason: index === 0 ? "invalid" : "exhausted" } as const);
    });
    await store.settle(ended);
  }
  return jobs.at(-1)?.id ?? "";
}

/** Workers that have reported just now. */
export async function report({ stores: { activity } }: App, id: string): Promise<void> {
  const now = Date.now();
  const common = {
    host: "mail-1",
    version: VERSION,
    concurrency: 10,
    startedAt: new Date(now - 7_900_000),
    at: new Date(now - 4_000),
  };
  const busy = [
    { id, call: "UserMailer.welcome", queue: "mail", since: new Date(now - 1_400) },
    { id, call: "OrderMailer.sendReceipt", queue: "mail", since: new Date(now - 700) },
  ];
  const reports: readonly WorkerReport[] = [
    {
      ...common,
      worker: `mail-1:5120`,
      pid: 5120,
      queues: [],
      limits: { newsletters: 2 },
      running: busy,
      runningCount: 4,
      done: 48_210,
      failed: 37,
      lagMs: 4,
      memory: 118 * 1024 ** 2,
    },
    {
      ...common,
      worker: `mail-2:5210`,
      host: "mail-2",
      pid: 5210,
      queues: ["mail", "newsletters"],
      limits: { newsletters: 2 },
      running: busy.slice(0, 1),
      runningCount: 1,
      done: 51_004,
      failed: 12,
      lagMs: 640,
      memory: 131 * 1024 ** 2,
    },
    {
      ...common,
      worker: `mail-3:811`,
      host: "mail-3",
      pid: 811,
      queues: ["reports"],
      running: [],
      runningCount: 0,
      done: 902,
      failed: 0,
      lagMs: 2,
      memory: 84 * 1024 ** 2,
    },
  ];
  for (const each of reports) await activity.report(each);
}
