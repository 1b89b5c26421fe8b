import type { Context, Hono } from "hono";
import { z } from "zod";
import { HISTORIES } from "../../activity/activity-store.ts";
import { DelayedMailError, StoreError } from "../../errors/errors.ts";
import type { JobRecord } from "../../jobs/job-record.ts";
import { T } from "../texts.ts";
import { type Acts, bulkSchema, type Done, JOB_VERBS, NEWSLETTER_VERBS, SCHEDULE_VERBS } from "./acts.ts";
import { stateOf, type WithViewer } from "./answers.ts";
import type { Board } from "./board.ts";
import { cursorOf, placeOf } from "./cursor.ts";
import { OPENAPI } from "./openapi.ts";
import { outcomesDownload } from "./outcomes-download.ts";
import { type Redact, shownArguments, shownReport, shownText } from "./redaction.ts";

export interface DashboardApiOptions {
  readonly board: Board;
  readonly acts: Acts;
  readonly redact: Redact | undefined;
}

const MOST = 200;
const runAtSchema = z.object({ runAt: z.iso.datetime().optional() });
const queueSchema = z.object({ queue: z.string().min(1).max(200) });
const scheduleSchema = z.object({ schedule: z.string().min(1).max(100) });
const recipientSchema = z.object({ recipient: z.string().min(1).max(400) });

/** What the pages show and do, as JSON, with the same rights. */
export class DashboardApi {
  readonly #options: DashboardApiOptions;

  constructor(options: DashboardApiOptions) {
    this.#options = options;
  }

  mount(app: Hono<WithViewer>): void {
    const { board, acts } = this.#options;
    app.get("/api/openapi.json", (context) => context.json(OPENAPI));
    app.get("/metrics", async (context) => {
      const { storeMetrics } = await import("../../metrics/store-metrics.ts");
      const { clockOffset } = await board.store();
      const { type, text } = await storeMetrics(await board.tally(), Date.now() + clockOffset);
      return context.body(text, 200, { "content-type": type });
    });
    app.get("/api/overview", async (context) => {
      const [{ states }, queues] = await Promise.all([board.tally(), board.queues()]);
      return context.json({ states, queues });
    });
    app.get("/api/history", async (context) => {
      const span = context.req.query("span") === "month" ? "month" : "day";
      const { slots } = await board.activity(span);
      return context.json({ span, slotMs: HISTORIES[span].slotMs, slots });
    });
    app.get("/api/workers", async (context) => context.json({ workers: await board.workers() }));
    app.get("/api/jobs", (context) => this.#jobs(context));
    app.get("/api/jobs/:id", async (context) => {
      const job = await board.job(context.req.param("id"));
      return job ? context.json(this.#shown(job)) : missing(context);
    });
    app.post("/api/jobs/bulk", (context) =>
      this.#act(context, bulkSchema, (bulk) => acts.bulk(context.get("viewer"), bulk)),
    );
    for (const verb of JOB_VERBS)
      app.post(`/api/jobs/:id/${verb}`, (context) =>
        this.#act(context, runAtSchema, ({ runAt }) =>
          acts.job(context.get("viewer"), context.req.param("id") ?? "", {
            verb,
            ...(runAt !== undefined && { runAt: new Date(runAt) }),
          }),
        ),
      );
    app.get("/api/queues", async (context) => context.json({ queues: await board.queues() }));
    app.get("/api/limits", async (context) => {
      const { limits, isMore } = await board.keyLimits();
      const shown = limits.map(({ limit, behind }) => ({
        ...{ limit: { ...limit, key: shownText(limit.key, this.#options.redact) }, behind },
      }));
      return context.json({ limits: shown, isMore });
    });
    for (const verb of ["pause", "resume"] as const)
      app.post(`/api/queues/${verb}`, (context) =>
        this.#act(context, queueSchema, ({ queue }) => acts.queue(context.get("viewer"), queue, verb)),
      );
    app.get("/api/schedules", async (context) => context.json({ schedules: await board.schedules() }));
    for (const verb of SCHEDULE_VERBS)
      app.post(`/api/schedules/${verb}`, (context) =>
        this.#act(context, scheduleSchema, ({ schedule }) =>
          acts.schedule(context.get("viewer"), schedule, verb),
        ),
      );
    app.get("/api/newsletters", async (context) =>
      context.json(await board.newsletters(context.req.query("after"))),
    );
    app.get("/api/newsletters/:id", async (context) => {
      const newsletter = await board.newsletter(context.req.param("id"));
      if (newsletter === undefined) return missing(context);
      const { id, key } = newsletter;
      return context.json({
        id,
        key,
        progress: await newsletter.progress(),
        troubles: await newsletter.troubles(),
        rehearsals: await board.rehearsals(key),
      });
    });
    app.get("/api/newsletters/:id/rehearsal", (context) => this.#rehearsal(context));
    app.get("/api/newsletters/:id/outcomes.csv", async (context) => {
      const newsletter = await board.newsletter(context.req.param("id"));
      return newsletter ? outcomesDownload(newsletter, this.#options.redact) : missing(context);
    });
    app.post("/api/newsletters/:id/find", (context) => this.#find(context));
    for (const verb of NEWSLETTER_VERBS)
      app.post(`/api/newsletters/:id/${verb}`, (context) =>
        this.#act(context, z.object({}), () =>
          acts.newsletter(context.get("viewer"), context.req.param("id") ?? "", verb),
        ),
      );
  }

  async #jobs(context: Context<WithViewer>): Promise<Response> {
    const { state, queue, q: words = "", after, limit } = context.req.query();
    const most = Math.min(MOST, Math.max(1, Math.trunc(Number(limit)) || 50));
    const question = {
      state: stateOf(state),
      queue: queue || undefined,
      words,
      after: placeOf(after),
      limit: most,
    };
    const { jobs, next, passedOver } = await this.#options.board.jobs(question);
    return context.json({
      jobs: jobs.map((job) => this.#shown(job)),
      ...(next && { next: cursorOf(next) }),
      passedOver,
    });
  }

  async #rehearsal(context: Context<WithViewer>): Promise<Response> {
    const { board, redact } = this.#options;
    const newsletter = await board.newsletter(context.req.param("id") ?? "");
    const report = newsletter && (await board.rehearsal(newsletter, await newsletter.progress()));
    return report ? context.json(shownReport(report, redact)) : missing(context);
  }

  async #find(context: Context<WithViewer>): Promise<Response> {
    const body = recipientSchema.safeParse(await bodyOf(context));
    if (!body.success) return refused(context, z.prettifyError(body.error), 400);
    const newsletter = await this.#options.board.newsletter(context.req.param("id") ?? "");
    const outcome = await newsletter?.outcomeOf(body.data.recipient);
    if (outcome === undefined) return missing(context);
    return context.json({ ...outcome, response: shownText(outcome.response, this.#options.redact) });
  }

  /** What keeps an act from being done is told as a conflict; what the body lacks as a bad request. */
  async #act<S extends z.ZodType>(
    context: Context<WithViewer>,
    schema: S,
    act: (body: z.output<S>) => Promise<Done>,
  ): Promise<Response> {
    const body = schema.safeParse(await bodyOf(context));
    if (!body.success) return refused(context, z.prettifyError(body.error), 400);
    try {
      const { isGone, ...done } = await act(body.data);
      if (isGone) return refused(context, done.message, 404);
      return context.json(done);
    } catch (error) {
      if (error instanceof StoreError || !(error instanceof DelayedMailError)) throw error;
      return refused(context, error.message, 409);
    }
  }

  /** Without what fences a claim, and with no more of its arguments than the pages show. */
  #shown(job: JobRecord): object {
    const { args: _, params: __, lockToken: ___, meta: ____, checkpoint: _____, ...rest } = job;
    const { redact } = this.#options;
    return {
      ...rest,
      arguments: JSON.parse(shownArguments(job, redact)) as unknown,
      ...(job.lastError !== undefined && { lastError: shownText(job.lastError, redact) }),
      ...(job.errors !== undefined && {
        errors: job.errors.map((each) => ({ ...each, error: shownText(each.error, redact) })),
      }),
      ...(job.limit && { limit: { ...job.limit, key: shownText(job.limit.key, redact) } }),
      ...(job.uniqueKey !== undefined && { uniqueKey: shownText(job.uniqueKey, redact) }),
    };
  }
}

async function bodyOf(context: Context<WithViewer>): Promise<unknown> {
  const text = await context.req.text();
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refused(context: Context<WithViewer>, error: string, status: 400 | 404 | 409): Response {
  return context.json({ error }, status);
}

function missing(context: Context<WithViewer>): Response {
  return context.json({ error: T.noSuchThing }, 404);
}
