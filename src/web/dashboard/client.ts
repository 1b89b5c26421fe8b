import type { History, Slot, WorkerReport } from "../../activity/activity-store.ts";
import { DelayedMailError } from "../../errors/errors.ts";
import type { JobRecord, JobState } from "../../jobs/job-record.ts";
import type {
  NewsletterOutcome,
  NewsletterProgress,
  NewsletterTrouble,
  RehearsalReport,
} from "../../jobs/newsletter.ts";
import type { Bulk, Done, JobVerb, NewsletterVerb, ScheduleVerb } from "./acts.ts";
import type { AtOnce, KeyLimitRow, ScheduleRow } from "./board-answers.ts";

export interface DashboardClientOptions {
  /** Sent with every request, such as `{ authorization: "Bearer ..." }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** @default fetch */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Values as JSON has them: dates are text. */
type AsJson<T> = T extends Date ? string : T extends object ? { readonly [K in keyof T]: AsJson<T[K]> } : T;

/** A job, without what is the store's own. */
export type ApiJob = AsJson<Omit<JobRecord, "args" | "params" | "meta" | "checkpoint" | "lockToken">> & {
  /** As `redact` lets them be shown. */
  readonly arguments: unknown;
};

export interface ApiJobsQuestion {
  readonly state?: JobState;
  readonly queue?: string;
  /** Words in `Mailer.action`, queue or reason. */
  readonly words?: string;
  /** `next` of the page before. */
  readonly after?: string;
  /** @default 50 */
  readonly limit?: number;
}

export interface ApiQueue {
  readonly queue: string;
  readonly ready: number;
  readonly paused: boolean;
  readonly oldestDue?: string;
  /** How many of its jobs run at once at most, in how many workers, as they report. */
  readonly atOnce: AtOnce;
}

export interface ApiNewsletter {
  readonly id: string;
  readonly key: string;
  readonly progress: AsJson<NewsletterProgress>;
}

/** The dashboard answered that it could not. */
export class DashboardError extends DelayedMailError {
  readonly code = "DASHBOARD";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/**
 * The dashboard's API, typed.
 * @example const { jobs } = await new DashboardClient("https://shop.example/admin/mail").jobs({ state: "failed" });
 */
export class DashboardClient {
  readonly #url: string;
  readonly #options: Required<DashboardClientOptions>;

  /** @param url where the dashboard is mounted */
  constructor(url: string, { headers = {}, fetch = globalThis.fetch }: DashboardClientOptions = {}) {
    this.#url = url.replace(/\/$/, "");
    this.#options = { headers, fetch };
  }

  overview(): Promise<{
    readonly states: Readonly<Record<JobState, number>>;
    readonly queues: readonly ApiQueue[];
  }> {
    return this.#get("/api/overview");
  }

  /** What was done, by everybody, queue and mailer, in slots of time; those in which nothing was are left out. */
  history(span: History = "day"): Promise<{
    readonly span: History;
    /** How long a slot is, in ms. */
    readonly slotMs: number;
    readonly slots: readonly AsJson<Slot>[];
  }> {
    return this.#get(`/api/history?span=${span}`);
  }

  workers(): Promise<{ readonly workers: readonly AsJson<WorkerReport>[] }> {
    return this.#get("/api/workers");
  }

  jobs({ state, queue, words, after, limit }: ApiJobsQuestion = {}): Promise<{
    readonly jobs: readonly ApiJob[];
    readonly next?: string;
    readonly passedOver: number;
  }> {
    const all = { state, queue, q: words, after, limit: limit?.toString() };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return this.#get(`/api/jobs?${new URLSearchParams(given)}`);
  }

  job(id: string): Promise<ApiJob> {
    return this.#get(`/api/jobs/${encodeURIComponent(id)}`);
  }

  /** @param runAt for `reschedule` */
  actOnJob(id: string, verb: JobVerb, { runAt }: { readonly runAt?: Date } = {}): Promise<Done> {
    return this.#post(`/api/jobs/${encodeURIComponent(id)}/${verb}`, { runAt: runAt?.toISOString() });
  }

  actOnJobs(bulk: Partial<Bulk> & Pick<Bulk, "verb">): Promise<Done> {
    return this.#post("/api/jobs/bulk", bulk);
  }

  queues(): Promise<{ readonly queues: readonly ApiQueue[] }> {
    return this.#get("/api/queues");
  }

  /** Keys behind whose limits jobs wait, by their names, the first twenty. */
  limits(): Promise<{ readonly limits: readonly KeyLimitRow[]; readonly isMore: boolean }> {
    return this.#get("/api/limits");
  }

  pauseQueue(queue: string): Promise<Done> {
    return this.#post("/api/queues/pause", { queue });
  }

  resumeQueue(queue: string): Promise<Done> {
    return this.#post("/api/queues/resume", { queue });
  }

  /** Those that the process which serves the dashboard has loaded. */
  schedules(): Promise<{ readonly schedules: readonly AsJson<ScheduleRow>[] }> {
    return this.#get("/api/schedules");
  }

  actOnSchedule(schedule: string, verb: ScheduleVerb): Promise<Done> {
    return this.#post(`/api/schedules/${verb}`, { schedule });
  }

  /** A page of them, the newest first. @param after `next` of the page before */
  newsletters(
    after?: string,
  ): Promise<{ readonly newsletters: readonly ApiNewsletter[]; readonly next?: string }> {
    return this.#get(`/api/newsletters${after === undefined ? "" : `?${new URLSearchParams({ after })}`}`);
  }

  /** By its id or key. */
  newsletter(idOrKey: string): Promise<
    ApiNewsletter & {
      readonly troubles: readonly NewsletterTrouble[];
      /** The newest five. */
      readonly rehearsals: readonly ApiNewsletter[];
    }
  > {
    return this.#get(`/api/newsletters/${encodeURIComponent(idOrKey)}`);
  }

  /** Of its first 10,000 outcomes. Throws a `DashboardError` of status 404 while it is not through, and for what is no rehearsal. */
  rehearsal(idOrKey: string): Promise<RehearsalReport> {
    return this.#get(`/api/newsletters/${encodeURIComponent(idOrKey)}/rehearsal`);
  }

  findRecipient(newsletter: string, recipient: string): Promise<AsJson<NewsletterOutcome>> {
    return this.#post(`/api/newsletters/${encodeURIComponent(newsletter)}/find`, { recipient });
  }

  actOnNewsletter(idOrKey: string, verb: NewsletterVerb): Promise<Done> {
    return this.#post(`/api/newsletters/${encodeURIComponent(idOrKey)}/${verb}`, {});
  }

  #get<T>(path: string): Promise<T> {
    return this.#ask(path, {});
  }

  #post<T>(path: string, body: object): Promise<T> {
    return this.#ask(path, { method: "POST", body: JSON.stringify(body) });
  }

  /** @throws DashboardError */
  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    const headers = { "content-type": "application/json", ...this.#options.headers };
    const response = await this.#options.fetch(new Request(this.#url + path, { ...init, headers }));
    const text = await response.text();
    if (!response.ok) throw new DashboardError(messageOf(text), response.status);
    // The API of the same version answered.
    return JSON.parse(text) as T;
  }
}

function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown };
    return typeof error === "string" ? error : text.trim();
  } catch {
    return text.trim();
  }
}
