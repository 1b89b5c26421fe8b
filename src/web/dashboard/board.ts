import type { History, WorkerReport } from "../../activity/activity-store.ts";
import type { App } from "../../app/app.ts";
import { StoreError } from "../../errors/errors.ts";
import type { JobTally } from "../../jobs/job-list.ts";
import type { JobFilter, JobRecord } from "../../jobs/job-record.ts";
import type { JobStore } from "../../jobs/job-store.ts";
import type { Newsletter, NewsletterProgress, RehearsalReport } from "../../jobs/newsletter.ts";
import { schedules } from "../../schedules/schedule.ts";
import type {
  Activity,
  AtOnce,
  JobsAnswer,
  JobsQuestion,
  KeyLimitRow,
  KeyLimitsAnswer,
  NewsletterRow,
  NewslettersAnswer,
  QueueRow,
  ScheduleRow,
} from "./board-answers.ts";
import { Remembered } from "./remembered.ts";
import { reasonsIn, type WhyNot } from "./why-not.ts";

/** So far jobs are counted: a page costs the same whether there are thousands or millions. */
export const COUNTED = 10_000;
/** How many jobs one page passes over to find those that fit a filter which no index answers. */
export const LOOKED_THROUGH = 5_000;
const AT_ONCE = 500;
/** How long a store may take until the page says that it is away, in ms. */
const PATIENCE_MS = 5_000;

/** How many jobs one act by a filter changes at most: so many are done while somebody waits. */
export const BULK_MOST = 5_000;
const NEWSLETTERS = 25;
const LIMITS = 20;
/** Of a newsletter, so many rehearsals are shown: the newest. */
const REHEARSALS = 5;
/** At so many outcomes of a rehearsal its report looks: what is more takes longer than somebody waits for a page. */
const REHEARSED = 10_000;
/** At so many outcomes of a newsletter is looked for the reasons of failures. */
const LOOKED_AT = 10_000;
/** Of so many newsletters what was read is remembered. */
const REMEMBERED = 50;
/** For how long a history that was read is shown, in ms: workers add to it three times a minute, and open pages look every two seconds. */
const HISTORY_FRESH_MS = 10_000;

/** What the pages and the API ask and do: the same for both, each within a bounded number of indexed reads. */
export class Board {
  readonly #open: () => Promise<App>;
  readonly #reports = new Remembered<RehearsalReport | undefined>(REMEMBERED);
  readonly #reasons = new Remembered<WhyNot>(REMEMBERED);
  readonly #histories = new Map<History, { readonly until: number; readonly read: Promise<Activity> }>();

  constructor(open: () => Promise<App>) {
    this.#open = open;
  }

  app(): Promise<App> {
    return inTime(this.#open());
  }

  async tally(): Promise<JobTally> {
    return this.#ask((store) => store.tally(COUNTED));
  }

  async jobs(question: JobsQuestion): Promise<JobsAnswer> {
    const { state, queue, words = "", limit } = question;
    const found: JobRecord[] = [];
    let { after } = question;
    let passedOver = 0;
    const isFiltered = words.trim() !== "" || (queue !== undefined && state !== "ready");
    const size = isFiltered ? AT_ONCE : limit + 1;
    while (passedOver < LOOKED_THROUGH) {
      const page = await this.#ask((store) =>
        store.page({
          ...(state && { state }),
          ...(queue !== undefined && { queue }),
          ...(after && { after }),
          limit: size,
        }),
      );
      for (const job of page) {
        if (!fits(job, queue, words)) passedOver += 1;
        else if (found.length === limit) return { jobs: found, next: found.at(-1), passedOver };
        else found.push(job);
        after = job;
      }
      if (page.length < size) return { jobs: found, next: undefined, passedOver };
    }
    return { jobs: found, next: after, passedOver };
  }

  async job(id: string): Promise<JobRecord | undefined> {
    return /^[0-9a-f]{24}$/.test(id) ? this.#ask((store) => store.get(id)) : undefined;
  }

  async queues(): Promise<readonly QueueRow[]> {
    const [{ queues }, paused, workers] = await Promise.all([
      this.tally(),
      this.#ask((store) => store.pausedQueues()),
      this.workers(),
    ]);
    const now = Date.now() + (await this.store()).clockOffset;
    const counted = new Map(queues.map((tally) => [tally.queue, tally]));
    const names = [...new Set([...counted.keys(), ...paused])].sort();
    return names.map((queue) => {
      const { ready = 0, firstAt } = counted.get(queue) ?? {};
      const isDue = firstAt !== undefined && firstAt.getTime() <= now;
      const oldestDue = isDue ? firstAt : undefined;
      return { queue, ready, paused: paused.includes(queue), oldestDue, atOnce: atOnceOf(queue, workers) };
    });
  }

  /** Keys behind whose limits jobs wait, by their names, the first `LIMITS` of them. */
  async keyLimits(): Promise<KeyLimitsAnswer> {
    const limits: KeyLimitRow[] = [];
    for (let key = ""; ; ) {
      const limit = await this.#ask((store) => store.nextBehind(key));
      if (limit === undefined || limits.length === LIMITS) return { limits, isMore: limit !== undefined };
      key = limit.key;
      limits.push({ limit, behind: await this.#ask((store) => store.countBehind(key, COUNTED)) });
    }
  }

  /** Read anew at most every ten seconds, whoever looks. */
  async activity(history: History): Promise<Activity> {
    const known = this.#histories.get(history);
    if (known && known.until > performance.now()) return known.read;
    const read = this.#readHistory(history);
    this.#histories.set(history, { until: performance.now() + HISTORY_FRESH_MS, read });
    return read.catch((error: unknown) => {
      this.#histories.delete(history);
      throw error;
    });
  }

  async #readHistory(history: History): Promise<Activity> {
    const { stores } = await this.app();
    const now = await this.now();
    return { history, now, slots: await inTime(stores.activity.history(history, now)) };
  }

  async workers(): Promise<readonly WorkerReport[]> {
    const { stores } = await this.app();
    return inTime(stores.activity.workers(await this.now()));
  }

  /** The store's time. */
  async now(): Promise<Date> {
    return new Date(Date.now() + (await this.store()).clockOffset);
  }

  async schedules(): Promise<readonly ScheduleRow[]> {
    const { stores } = await this.app();
    const paused = await inTime(stores.schedules.paused());
    const now = await this.now();
    return Promise.all(
      schedules().map(async ({ name, cron, timeZone, times }) => {
        const last = await inTime(stores.schedules.last(name));
        return { name, cron, timeZone, next: times.next(now), last, paused: paused.includes(name) };
      }),
    );
  }

  /** A page of them, the newest first. */
  async newsletters(after?: string): Promise<NewslettersAnswer> {
    const { newsletters } = await this.app();
    const request = { limit: NEWSLETTERS + 1, ...(after !== undefined && { after }) };
    const found = await inTime(newsletters.page(request));
    const page = found.slice(0, NEWSLETTERS);
    const next = found.length > page.length ? page.at(-1)?.id : undefined;
    return { newsletters: await Promise.all(page.map(rowOf)), next };
  }

  /** The newest rehearsals of a newsletter. */
  async rehearsals(key: string): Promise<readonly NewsletterRow[]> {
    const { newsletters } = await this.app();
    const found = await inTime(newsletters.page({ rehearsalsOf: key, limit: REHEARSALS }));
    return Promise.all(found.map(rowOf));
  }

  /** What a rehearsal comes to, of its first `REHEARSED` outcomes; undefined while it is not through, and of what is none. */
  async rehearsal(
    newsletter: Newsletter,
    progress: NewsletterProgress,
  ): Promise<RehearsalReport | undefined> {
    if (progress.state !== "finished") return undefined;
    const name = `${newsletter.id} ${progress.finishedAt?.getTime()}`;
    return inTime(this.#reports.get(name, () => newsletter.rehearsal({ most: REHEARSED })));
  }

  /** Why recipients did not get a newsletter, of its first `LOOKED_AT` outcomes; read anew when there are others than before. */
  async whyNot(newsletter: Newsletter, progress: NewsletterProgress): Promise<WhyNot> {
    const { recipients, refused, sent, pending, rehearsed } = progress;
    const missed = recipients + refused - sent - pending - rehearsed;
    if (missed === 0) return { reasons: [], providers: [], failed: 0, isWhole: true };
    const name = `${newsletter.id} ${missed} ${pending}`;
    return inTime(this.#reasons.get(name, () => reasonsIn(newsletter.outcomes(), LOOKED_AT)));
  }

  async newsletter(idOrKey: string): Promise<Newsletter | undefined> {
    const { newsletters } = await this.app();
    return inTime(newsletters.find(idOrKey));
  }

  /** `BULK_MOST` of them; the others by another call. */
  async retryAll(filter: JobFilter): Promise<number> {
    return this.#ask((store) => store.retryAll(filter, { most: BULK_MOST }));
  }

  /** `BULK_MOST` of them; the others by another call. */
  async removeAll(filter: JobFilter): Promise<number> {
    return this.#ask((store) => store.removeAll(filter, { most: BULK_MOST }));
  }

  async store(): Promise<JobStore> {
    return (await this.app()).store;
  }

  async #ask<T>(question: (store: JobStore) => Promise<T>): Promise<T> {
    return inTime(question(await this.store()));
  }
}

function atOnceOf(queue: string, workers: readonly WorkerReport[]): AtOnce {
  const own = workers.filter(({ queues }) => queues.length === 0 || queues.includes(queue));
  const jobs = own.map(({ concurrency, limits }) => Math.min(concurrency, limits?.[queue] ?? concurrency));
  const isLimited = own.some(({ concurrency, limits }) => (limits?.[queue] ?? concurrency) < concurrency);
  return { jobs: jobs.reduce((sum, each) => sum + each, 0), workers: own.length, isLimited };
}

async function rowOf(newsletter: Newsletter): Promise<NewsletterRow> {
  const { id, key } = newsletter;
  return { id, key, progress: await inTime(newsletter.progress()) };
}

function fits(
  { handler, action, queue, failReason = "" }: JobRecord,
  wanted: string | undefined,
  words: string,
): boolean {
  if (wanted !== undefined && queue !== wanted) return false;
  const hay = `${handler}.${action} ${queue} ${failReason}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word));
}

/** @throws StoreError when it takes too long */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(
        new StoreError(
          `The store has not answered for ${PATIENCE_MS / 1_000} seconds. See that it runs, and load this page again.`,
        ),
      );
    const timer = setTimeout(late, PATIENCE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
